"""Who controls an identity: rotate, delegate, publish keys and services, guard and recover.

Every address is an identity from the start. A write is made directly by the client's own account,
or, with ``by=signer``, signed by whoever controls the identity and submitted by the client's
account, which pays.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.controller(me.identity) == me.identity
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.identities.changes import name32
from salus.thefts.clearing import Clearing
from salus.identities.guardians import Guarding
from salus.identities.history import ChangeHistory
from salus.primitives.address import Address

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account, Signer
    from salus.contracts.identities import DIDAttributeChanged


class Identities(Guarding, Clearing):
    """The client's side of `IdentityRegistry`."""

    def __init__(self, chain: Chain, account: Account | None) -> None:
        super().__init__(chain, account)
        self.history = ChangeHistory(self._contract)

    # Reads -----------------------------------------------------------------------------------

    def is_deactivated(self, identity: Address) -> bool:
        """Tell whether an identity was ended for ever.

        Args:
            identity: Which one.

        Returns:
            True once it was.
        """
        return bool(self._contract.call("isDeactivated", identity))

    def is_delegate(self, identity: Address, kind: str, delegate: Address) -> bool:
        """Tell whether somebody may act for an identity now.

        Args:
            identity: For whom.
            kind: As what: the delegate type, such as ``consent/grant``.
            delegate: Who.

        Returns:
            True until its time ends, it is revoked, or the identity is deactivated.

        Raises:
            InputError: When the type is empty or over 32 bytes.
        """
        return bool(self._contract.call("validDelegate", identity, name32(kind), delegate))

    def did(self, identity: Address) -> str:
        """Give an identity's DID, by the did:ethr method.

        Args:
            identity: Whose.

        Returns:
            ``did:ethr:<chain id in hex>:<address>``.
        """
        return f"did:ethr:{hex(self._chain.chain_id)}:{identity}"

    def attributes(self, identity: Address) -> dict[str, list[bytes]]:
        """Read the attributes in force: walks the ERC-1056 change log backwards.

        Args:
            identity: Whose.

        Returns:
            Values by name, oldest first, without the padding of names.

        Raises:
            HistoryUnavailable: The node no longer has all events that tell.
        """
        from salus.contracts.identities import DIDAttributeChanged

        now = self._chain.now()
        latest: dict[tuple[bytes, bytes], DIDAttributeChanged] = {}
        for events in self.history.walk(identity):
            for event in events:
                if isinstance(event, DIDAttributeChanged):
                    latest.setdefault((event.name, event.value), event)
        found: dict[str, list[bytes]] = {}
        for (name, value), event in reversed(latest.items()):
            if event.valid_to > now:
                found.setdefault(name.rstrip(b"\0").decode(errors="replace"), []).append(value)
        return found

    def services(self, identity: Address, kind: str) -> list[str]:
        """Read the endpoints of the `did/svc/<kind>` entries in force.

        Args:
            identity: Whose.
            kind: Such as ``inbox``.

        Returns:
            The endpoints, oldest first.

        Raises:
            HistoryUnavailable: The node no longer has all events that tell.
        """
        values = self.attributes(identity).get(f"did/svc/{kind}", [])
        return [value.decode(errors="replace") for value in values]

    # Writes ----------------------------------------------------------------------------------

    def rotate(
        self, identity: Address, new_owner: Address, *, by: Signer | None = None
    ) -> Transaction:
        """Hand an identity to a new owner. A pending recovery goes on.

        Args:
            identity: Which one.
            new_owner: Who shall control it.
            by: Who controls it, when that is not the client's account, which then pays.

        Returns:
            The transaction.

        Raises:
            IdentityZeroOwner: The new owner is nobody.
            NotController: Who acts does not control the identity.
        """
        return self._change("changeOwner", identity, [new_owner], {"newOwner": new_owner}, by=by)

    def deactivate(self, identity: Address, *, by: Signer | None = None) -> Transaction:
        """End an identity for ever: nobody will control it again, its consents end with it.

        Args:
            identity: Which one.
            by: Who controls it, when that is not the client's account, which then pays.

        Returns:
            The transaction.

        Raises:
            RecoveryPending: All guardians asked for a recovery: a thief must not destroy it.
            IdentityDeactivated: It has ended already.
            NotController: Who acts does not control the identity.
        """
        return self._change("deactivate", identity, [], {}, by=by)

"""Who controls an identity, and handing it over.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.control.owner(me.identity) == me.identity
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.control_check import require_control
from salus.chain.signing.signers import Signer
from salus.primitives.address import ZERO_ADDRESS, Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.identities.acting import Acting


class Control:
    """Control of identities. Acts are the account's own, or signed ``by`` who controls them."""

    def __init__(self, client: RegistryClient, acting: Acting) -> None:
        self._client, self._acting = client, acting

    @typed_arguments
    def owner(self, identity: AnyIdentity) -> Address | None:
        """Return who controls an identity now.

        Args:
            identity: Whose controller.

        Returns:
            The address in control, the identity's own until it is handed over; None once it is
            deactivated.
        """
        identity = identity_of(identity)
        owner: Address = self._client.contract.call("identityOwner", identity)
        return None if owner == ZERO_ADDRESS else owner

    @typed_arguments
    def is_deactivated(self, identity: AnyIdentity) -> bool:
        """Return whether an identity was permanently ended.

        Args:
            identity: Which one.

        Returns:
            True once it was.
        """
        identity = identity_of(identity)
        return bool(self._client.contract.call("isDeactivated", identity))

    @typed_arguments
    def require(self, identity: AnyIdentity, *, by: Signer | None = None) -> None:
        """Refuse to act for an identity that somebody else controls, before anything is written.

        Args:
            identity: For whom.
            by: Who is about to act; defaults to the client's account.

        Raises:
            SignerNotInControl: It does not control the identity now.
        """
        identity = identity_of(identity)
        require_control(self._client.chain, by or self._client.payer, identity=identity)

    @typed_arguments
    def rotate(
        self, identity: AnyIdentity, new_owner: Address, *, by: Signer | None = None
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
        identity = identity_of(identity)
        message = {"newOwner": new_owner}
        return self._acting.act("changeOwner", identity, [new_owner], message, by=by)

    @typed_arguments
    def deactivate(self, identity: AnyIdentity, *, by: Signer | None = None) -> Transaction:
        """End an identity permanently: nobody will control it again, its consents end with it.

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
        identity = identity_of(identity)
        return self._acting.act("deactivate", identity, [], {}, by=by)

"""Who controls an identity: rotate, delegate, publish keys and services, guard and recover.

Every address is an identity from the start. A write is made directly by the client's own account,
or, with
``by=signer``, signed by whoever controls the identity and submitted by the client's account, which
pays.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> me = salus.account.identity
    >>> salus.identities.controller(me) == me
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salus.acts import Acts
from salus.errors import InputError
from salus.models import ZERO_ADDRESS, Address, GuardianSet, Recovery

if TYPE_CHECKING:
    from salus.chain import Transaction
    from salus.chain.signers import Signer

YEAR = 365 * 24 * 3600
"""Seconds; how long attributes and delegations last unless told."""

_ADD_DELEGATE, _REVOKE_DELEGATE, _SET_ATTRIBUTE, _REVOKE_ATTRIBUTE = range(4)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a delegate or an attribute, as `applyChanges` takes it."""

    kind: int
    name: bytes
    delegate: Address
    value: bytes
    validity: int

    def as_tuple(self) -> tuple[int, bytes, Address, bytes, int]:
        """The struct as the contract takes it."""
        return (self.kind, self.name, self.delegate, self.value, self.validity)

    def as_message(self) -> dict[str, Any]:
        """The struct as EIP-712 signs it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "delegate": self.delegate,
            "value": self.value,
            "validity": self.validity,
        }


def name32(name: str) -> bytes:
    """Encode an attribute name or delegate type as ERC-1056 does: UTF-8, zero-padded on the right.

    Args:
        name: At most 32 bytes of UTF-8.

    Returns:
        32 bytes.

    Raises:
        InputError: When the name is empty or longer.
    """
    raw = name.encode()
    if not 0 < len(raw) <= 32:
        raise InputError(f"name {name!r} takes {len(raw)} bytes; use 1 to 32 bytes of UTF-8")
    return raw.ljust(32, b"\0")


def add_delegate(delegate: Address, kind: str, *, seconds: int = YEAR) -> Change:
    """A change that lets ``delegate`` act as ``kind`` for ``seconds``."""
    return Change(_ADD_DELEGATE, name32(kind), delegate, b"", seconds)


def revoke_delegate(delegate: Address, kind: str) -> Change:
    """A change that ends what ``delegate`` may do as ``kind``."""
    return Change(_REVOKE_DELEGATE, name32(kind), delegate, b"", 0)


def set_attribute(name: str, value: bytes, *, seconds: int = YEAR) -> Change:
    """A change that publishes an attribute for ``seconds``."""
    return Change(_SET_ATTRIBUTE, name32(name), ZERO_ADDRESS, value, seconds)


def revoke_attribute(name: str, value: bytes) -> Change:
    """A change that ends an attribute."""
    return Change(_REVOKE_ATTRIBUTE, name32(name), ZERO_ADDRESS, value, 0)


class Identities(Acts):
    """The client's side of `IdentityRegistry`."""

    contract_name = "IdentityRegistry"

    # Reads -----------------------------------------------------------------------------------

    def controller(self, identity: Address) -> Address | None:
        """Who controls ``identity`` now; None once it is deactivated."""
        owner: Address = self._contract.call("identityOwner", identity)
        return None if owner == ZERO_ADDRESS else owner

    def is_deactivated(self, identity: Address) -> bool:
        """Whether ``identity`` was ended for ever."""
        return bool(self._contract.call("isDeactivated", identity))

    def is_delegate(self, identity: Address, kind: str, delegate: Address) -> bool:
        """Whether ``delegate`` may act as ``kind`` for ``identity`` now."""
        return bool(self._contract.call("validDelegate", identity, name32(kind), delegate))

    def did(self, identity: Address) -> str:
        """The identity's DID, by the did:ethr method: ``did:ethr:<chain id in hex>:<address>``."""
        return f"did:ethr:{hex(self._chain.chain_id)}:{identity}"

    def attributes(self, identity: Address) -> dict[str, list[bytes]]:
        """The attributes in force, by name, oldest first: walks the ERC-1056 change log backwards.

        Returns:
            Values by name, without the padding of names.
        """
        from salus.events import DIDAttributeChanged

        now = self._chain.now()
        latest: dict[tuple[bytes, bytes], DIDAttributeChanged] = {}
        block = int(self._contract.call("changed", identity))
        while block:
            events = self._contract.events(
                DIDAttributeChanged, from_block=block, to_block=block, identity=identity
            )
            for event in reversed(events):
                latest.setdefault((event.name, event.value), event)
            block = self._previous_change(identity, block)
        found: dict[str, list[bytes]] = {}
        for (name, value), event in reversed(latest.items()):
            if event.valid_to > now:
                found.setdefault(name.rstrip(b"\0").decode(errors="replace"), []).append(value)
        return found

    def services(self, identity: Address, kind: str) -> list[str]:
        """The endpoints of the `did/svc/<kind>` entries in force, oldest first."""
        values = self.attributes(identity).get(f"did/svc/{kind}", [])
        return [value.decode(errors="replace") for value in values]

    def recovery(self, identity: Address) -> Recovery:
        """The pending recovery, if any, and the round that the next approvals sign."""
        return Recovery(*self._contract.call("recoveryOf", identity))

    def guardians(self, identity: Address) -> bytes | None:
        """The commitment to the guardians in force, 32 bytes; None when there are none."""
        commitment: bytes = self._contract.call("guardiansOf", identity)
        return commitment if any(commitment) else None

    # Writes ----------------------------------------------------------------------------------

    def rotate(
        self, identity: Address, new_owner: Address, *, by: Signer | None = None
    ) -> Transaction:
        """Hand the identity to ``new_owner``. A pending recovery goes on."""
        return self._change("changeOwner", identity, [new_owner], {"newOwner": new_owner}, by=by)

    def apply(
        self, identity: Address, changes: Iterable[Change], *, by: Signer | None = None
    ) -> Transaction:
        """Make several changes of delegates and attributes in one transaction."""
        listed = list(changes)
        return self._change(
            "applyChanges",
            identity,
            [[change.as_tuple() for change in listed]],
            {"changes": [change.as_message() for change in listed]},
            by=by,
        )

    def deactivate(self, identity: Address, *, by: Signer | None = None) -> Transaction:
        """End the identity for ever: nobody will control it again, its consents end with it."""
        return self._change("deactivate", identity, [], {}, by=by)

    def set_guardians(
        self, identity: Address, guardians: GuardianSet | None, *, by: Signer | None = None
    ) -> Transaction:
        """Commit to guardians, or to none; replacing some takes the contract's delay."""
        commitment = guardians.commitment if guardians else bytes(32)
        return self._change(
            "scheduleGuardians", identity, [commitment], {"commitment": commitment}, by=by
        )

    def cancel_guardians(self, identity: Address, *, by: Signer | None = None) -> Transaction:
        """Drop a scheduled change of guardians."""
        commitment, _ = self._contract.call("scheduledGuardians", identity)
        return self._change("cancelGuardians", identity, [], {"commitment": commitment}, by=by)

    def veto_recovery(self, identity: Address, *, by: Signer | None = None) -> Transaction:
        """End a pending recovery that fewer than all guardians asked for."""
        new_owner = self.recovery(identity).new_owner
        return self._change("vetoRecovery", identity, [], {"newOwner": new_owner}, by=by)

    # Recovery --------------------------------------------------------------------------------

    def approve_recovery(
        self,
        identity: Address,
        new_owner: Address,
        guardians: GuardianSet,
        *,
        guardian: Address,
        by: Signer,
        deadline: int,
        unanimous: bool = False,
    ) -> tuple[int, bytes, bytes]:
        """A guardian's signed consent to a recovery, to be handed to whoever proposes it.

        A unanimous approval counts only together with those of all other guardians, and what it
        proposes
        cannot be vetoed; any other counts only in a proposal by fewer than all.

        Returns:
            The contract's `Approval`: position, ERC-7913 signer bytes, signature.

        Raises:
            InputError: When ``guardian`` is not one of the guardians.
        """
        if guardian not in guardians.guardians:
            raise InputError(f"{guardian} is not among the guardians that were opened")
        recovery = self.recovery(identity)
        message = {
            "identity": identity,
            "newOwner": new_owner,
            "guardians": guardians.commitment,
            "unanimous": unanimous,
            "round": recovery.unanimous_round if unanimous else recovery.round,
            "deadline": deadline,
        }
        signature = by.sign_typed_data(self._typed("ApproveRecovery", message))
        return (guardians.guardians.index(guardian), by.signer, signature)

    def propose_recovery(
        self,
        identity: Address,
        new_owner: Address,
        guardians: GuardianSet,
        *,
        deadline: int,
        approvals: Sequence[tuple[int, bytes, bytes]],
    ) -> Transaction:
        """Propose a new owner with the guardians' approvals; it waits for the contract's delay."""
        return self._send(
            "proposeRecovery",
            identity,
            new_owner,
            guardians.as_tuple(),
            deadline,
            sorted(approvals),
        )

    def execute_recovery(self, identity: Address) -> Transaction:
        """Complete a recovery whose delay has passed; anybody may."""
        return self._send("executeRecovery", identity)

    # -----------------------------------------------------------------------------------------

    def _previous_change(self, identity: Address, block: int) -> int:
        """The block of the change before those of ``block``; zero when they were the first."""
        from salus.events import DIDAttributeChanged, DIDDelegateChanged, DIDOwnerChanged

        found: list[DIDOwnerChanged | DIDDelegateChanged | DIDAttributeChanged] = []
        for kind in (DIDOwnerChanged, DIDDelegateChanged, DIDAttributeChanged):
            found += self._contract.events(
                kind, from_block=block, to_block=block, identity=identity
            )
        return min(event.previous_change for event in found)

    def _change(
        self,
        function: str,
        identity: Address,
        arguments: list[Any],
        message: dict[str, Any],
        *,
        by: Signer | None,
    ) -> Transaction:
        if by is None:
            return self._send(function, identity, *arguments)
        nonce = int(self._contract.call("nonces", identity))
        authorization = self._authorize(
            by,
            function[0].upper() + function[1:],
            {"identity": identity, **message, "nonce": nonce},
        )
        return self._send(f"{function}BySig", identity, *arguments, nonce, authorization)

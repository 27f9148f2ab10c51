"""Guardians: who may give an identity a new owner when its key is lost or stolen.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.guardians.commitment(me.identity) is None
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.signing.signers import Signer
from salus.contracts.identities.errors import GuardianRefused
from salus.contracts.identities.guardian_set import GuardianSet
from salus.contracts.identities.values import GuardiansChange
from salus.primitives.address import ZERO_ADDRESS, Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.identities.acting import Acting
    from salus.identities.control import Control


class Guardians:
    """What owners do with guardians; the chain holds a commitment to them alone."""

    def __init__(self, client: RegistryClient, acting: Acting, control: Control) -> None:
        self._client, self._acting, self._control = client, acting, control

    @typed_arguments
    def commitment(self, identity: AnyIdentity) -> bytes | None:
        """Return the commitment to the guardians in force.

        Args:
            identity: Whose guardians.

        Returns:
            32 bytes; None when there are none.
        """
        identity = identity_of(identity)
        commitment: bytes = self._client.contract.call("guardiansOf", identity)
        return commitment if any(commitment) else None

    @typed_arguments
    def scheduled(self, identity: AnyIdentity) -> GuardiansChange | None:
        """Return the change of guardians that waits: a thief's shows by it in time.

        Args:
            identity: Whose guardians.

        Returns:
            What comes and when; None where nothing waits.
        """
        identity = identity_of(identity)
        commitment, effective_at = self._client.contract.call("scheduledGuardians", identity)
        if not effective_at:
            return None
        return GuardiansChange(commitment if any(commitment) else None, effective_at)

    @typed_arguments
    def set(
        self,
        identity: AnyIdentity,
        guardians: GuardianSet,
        *,
        by: Signer | None = None,
        shared_keys: bool = False,
    ) -> Transaction:
        """Commit to guardians: at once where there were none, else after 30 days.

        The chain sees a commitment only and cannot judge them, so they are judged here, by who
        controls each of them now.

        Args:
            identity: Whose guardians.
            guardians: The set.
            by: Who controls the identity, when that is not the client's account, which then pays.
            shared_keys: Take guardians that one key controls, the identity's own among them: until
                each has a key of its own, whoever steals that key is guardian too.

        Returns:
            The transaction.

        Raises:
            GuardianRefused: One of them could guard nothing: it is the identity itself, named
                twice, deactivated, or controlled by the key that it guards or by another one's.
            InputError: They are not in the contract's order, or the threshold is out of reach.
            GuardiansUnchanged: They are in force already.
            NotController: Who acts does not control the identity.
        """
        identity = identity_of(identity)
        _require_set(identity, guardians)
        self._require_keys_apart(identity, guardians, shared_keys=shared_keys)
        return self._schedule(identity, guardians.commitment, by)

    @typed_arguments
    def clear(self, identity: AnyIdentity, *, by: Signer | None = None) -> Transaction:
        """Do without guardians, after 30 days.

        Args:
            identity: Whose guardians.
            by: Who controls the identity, when that is not the client's account, which then pays.

        Returns:
            The transaction.

        Raises:
            GuardiansUnchanged: There are none.
            NotController: Who acts does not control the identity.
        """
        identity = identity_of(identity)
        return self._schedule(identity, bytes(32), by)

    @typed_arguments
    def cancel(self, identity: AnyIdentity, *, by: Signer | None = None) -> Transaction:
        """Drop a scheduled change of guardians.

        Args:
            identity: Whose guardians.
            by: Who controls the identity, when that is not the client's account, which then pays.

        Returns:
            The transaction.

        Raises:
            GuardiansNotScheduled: No change waits.
            NotController: Who acts does not control the identity.
        """
        identity = identity_of(identity)
        commitment, _ = self._client.contract.call("scheduledGuardians", identity)
        message = {"commitment": commitment}
        return self._acting.act("cancelGuardians", identity, [], message, by=by)

    def _schedule(self, identity: Address, commitment: bytes, by: Signer | None) -> Transaction:
        message = {"commitment": commitment}
        return self._acting.act("scheduleGuardians", identity, [commitment], message, by=by)

    def _require_keys_apart(
        self, identity: Address, guardians: GuardianSet, *, shared_keys: bool
    ) -> None:
        # Who rotated keeps the first key somewhere; a guardian of that key is not another person.
        own = {identity, self._control.owner(identity) or identity}
        holders = dict.fromkeys(own, "the key that it shall guard")
        for guardian in guardians.guardians:
            holder = self._control.owner(guardian)
            if holder is None:
                raise GuardianRefused(
                    guardian=guardian, reason="it is deactivated and can never approve anything"
                )
            if holder in holders and not shared_keys:
                reason = f"it is controlled by {holders[holder]}: one theft would take both"
                raise GuardianRefused(guardian=guardian, reason=reason)
            holders.setdefault(holder, f"the key of guardian {guardian}")


def _require_set(identity: Address, guardians: GuardianSet) -> None:
    """What the contract asks of an opening, which it sees only when it is too late to mend."""
    named = guardians.guardians
    for guardian in named:
        if guardian == identity:
            raise GuardianRefused(guardian=guardian, reason="nobody guards itself")
        if guardian == ZERO_ADDRESS:
            raise GuardianRefused(guardian=guardian, reason="nobody is there")
        if named.count(guardian) > 1:
            raise GuardianRefused(guardian=guardian, reason="it is named twice: name it once")
    guardians.require_openable()

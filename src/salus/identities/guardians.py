"""Guardians: who they are, and how they give an identity a new owner.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.guardians(me.account.identity) is None
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.contracts.identities import GuardianRefused, GuardianSet, Recovery
from salus.errors import InputError
from salus.identities.acts import IdentityActs
from salus.primitives.address import ZERO_ADDRESS, Address

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer


class Guarding(IdentityActs):
    """What owners do with guardians, and guardians with identities."""

    def guardians(self, identity: Address) -> bytes | None:
        """Read the commitment to the guardians in force.

        Args:
            identity: Whose guardians.

        Returns:
            32 bytes; None when there are none.
        """
        commitment: bytes = self._contract.call("guardiansOf", identity)
        return commitment if any(commitment) else None

    def recovery(self, identity: Address) -> Recovery:
        """Read the pending recovery, if any, and the rounds that the next approvals sign.

        Args:
            identity: Whose recovery.

        Returns:
            The recovery; its ``ready_at`` is zero when none is pending.
        """
        return Recovery(*self._contract.call("recoveryOf", identity))

    # The owner's acts ------------------------------------------------------------------------

    def set_guardians(
        self,
        identity: Address,
        guardians: GuardianSet | None,
        *,
        by: Signer | None = None,
        shared_keys: bool = False,
    ) -> Transaction:
        """Commit to guardians, or to none: at once where there were none, else after 30 days.

        The chain sees a commitment only and cannot judge them, so they are judged here, by who
        controls each of them now.

        Args:
            identity: Whose guardians.
            guardians: The set; None for no guardians.
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
        if guardians is not None:
            _require_set(identity, guardians)
            self._require_keys_apart(identity, guardians, shared_keys=shared_keys)
        commitment = guardians.commitment if guardians else bytes(32)
        return self._change(
            "scheduleGuardians", identity, [commitment], {"commitment": commitment}, by=by
        )

    def cancel_guardians(self, identity: Address, *, by: Signer | None = None) -> Transaction:
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
        commitment, _ = self._contract.call("scheduledGuardians", identity)
        return self._change("cancelGuardians", identity, [], {"commitment": commitment}, by=by)

    def veto_recovery(self, identity: Address, *, by: Signer | None = None) -> Transaction:
        """End a pending recovery that fewer than all guardians asked for.

        Args:
            identity: Whose recovery.
            by: Who controls the identity, when that is not the client's account, which then pays.

        Returns:
            The transaction.

        Raises:
            RecoveryNone: None is pending.
            RecoveryUnanimous: All guardians asked for it.
            NotController: Who acts does not control the identity.
        """
        new_owner = self.recovery(identity).new_owner
        return self._change("vetoRecovery", identity, [], {"newOwner": new_owner}, by=by)

    # The guardians' acts ---------------------------------------------------------------------

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
        proposes cannot be vetoed; any other counts only in a proposal by fewer than all.

        Args:
            identity: Whose recovery.
            new_owner: Who shall control it.
            guardians: What opens the commitment.
            guardian: Which of them approves.
            by: Who controls the guardian's identity.
            deadline: Unix seconds until which it may be proposed, the same in all approvals.
            unanimous: Whether all guardians ask together.

        Returns:
            The contract's `Approval`: position, ERC-7913 signer bytes, signature.

        Raises:
            InputError: When ``guardian`` is not one of the guardians.
            ClocksDiffer: The chain's time is too far from this machine's.
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
            "deadline": self._chain.deadline(0, told=deadline),
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
        """Propose a new owner with the guardians' approvals; it waits for the contract's delay.

        Args:
            identity: Whose recovery.
            new_owner: Who shall control it.
            guardians: What opens the commitment.
            deadline: Unix seconds, as in the approvals.
            approvals: As :meth:`approve_recovery` gives them, in any order.

        Returns:
            The transaction.

        Raises:
            GuardiansMismatch: Others are in force.
            RecoveryBelowThreshold: The approvals are too few.
            RecoveryInvalidApproval: One is another act's, or not by who controls the guardian now.
            RecoveryPending: Another recovery is pending, and these are not all guardians.
            SignatureExpired: The deadline has passed.
        """
        return self._send(
            "proposeRecovery",
            identity,
            new_owner,
            guardians.as_tuple(),
            deadline,
            sorted(approvals),
        )

    def execute_recovery(self, identity: Address) -> Transaction:
        """Complete a recovery whose delay has passed; anybody may.

        What the former owner set stays set: see :meth:`Identities.leftovers`.

        Args:
            identity: Whose recovery.

        Returns:
            The transaction.

        Raises:
            RecoveryNone: None is pending.
            RecoveryNotReady: It waits until the time that the error names.
        """
        return self._send("executeRecovery", identity)

    # -----------------------------------------------------------------------------------------

    def _require_keys_apart(
        self, identity: Address, guardians: GuardianSet, *, shared_keys: bool
    ) -> None:
        # Who rotated keeps the first key somewhere; a guardian of that key is no other person.
        own = {identity.lower(), (self.controller(identity) or identity).lower()}
        holders = dict.fromkeys(own, "the key that it shall guard")
        for guardian in guardians.guardians:
            holder = (self.controller(guardian) or "").lower()
            if not holder:
                raise GuardianRefused(
                    guardian=guardian, reason="it is deactivated and can never approve anything"
                )
            if holder in holders and not shared_keys:
                reason = f"it is controlled by {holders[holder]}: one theft would take both"
                raise GuardianRefused(guardian=guardian, reason=reason)
            holders.setdefault(holder, f"the key of guardian {guardian}")


def _require_set(identity: Address, guardians: GuardianSet) -> None:
    """What the contract asks of an opening, which it sees only when it is too late to mend."""
    named = [guardian.lower() for guardian in guardians.guardians]
    for guardian in guardians.guardians:
        if guardian.lower() == identity.lower():
            raise GuardianRefused(guardian=guardian, reason="nobody guards itself")
        if guardian == ZERO_ADDRESS:
            raise GuardianRefused(guardian=guardian, reason="nobody is there")
        if named.count(guardian.lower()) > 1:
            raise GuardianRefused(guardian=guardian, reason="it is named twice: name it once")
    if named != sorted(named) or not 1 <= guardians.threshold <= len(named):
        raise InputError(
            "these guardians could never recover anything: their order or threshold is wrong; make"
            " the set with GuardianSet.of"
        )

"""Recovery: guardians give an identity a new owner; the present one may veto, unless all agree.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.recovery.pending(me.identity).ready_at
    0
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from salus.chain.abi.eip712 import digest
from salus.chain.errors import SignatureMismatch
from salus.chain.signing.signers import Signer
from salus.chain.signing.verifying import require_signature
from salus.contracts.identities.errors import RecoveryInvalidApproval
from salus.contracts.identities.guardian_set import GuardianSet
from salus.contracts.identities.values import Recovery
from salus.errors import InputError
from salus.identities.guardian_documents import RecoveryApproval
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.identities.acting import Acting


class Recoveries:
    """Each guardian approves; anybody proposes and, after the contract's delay, executes."""

    def __init__(self, client: RegistryClient, acting: Acting) -> None:
        self._client, self._acting = client, acting

    @typed_arguments
    def pending(self, identity: AnyIdentity) -> Recovery:
        """Read the pending recovery, if any, and the rounds that the next approvals sign.

        Args:
            identity: Whose recovery.

        Returns:
            The recovery; its ``ready_at`` is zero when none is pending.
        """
        identity = identity_of(identity)
        return Recovery(*self._client.contract.call("recoveryOf", identity))

    @typed_arguments
    def approve(
        self,
        identity: AnyIdentity,
        new_owner: Address,
        guardians: GuardianSet,
        *,
        guardian: AnyIdentity,
        by: Signer,
        deadline: Moment,
        unanimous: bool = False,
    ) -> RecoveryApproval:
        """Sign a guardian's approval, to be handed to whoever proposes the recovery.

        A unanimous approval counts only together with those of all other guardians, and what it
        proposes cannot be vetoed; any other counts only in a proposal by fewer than all. Where the
        threshold is all guardians, every approval is unanimous.

        Args:
            identity: Whose recovery.
            new_owner: Who shall control it.
            guardians: What opens the commitment.
            guardian: Which of them approves.
            by: Who controls the guardian's identity.
            deadline: Until when it may be proposed, the same in all approvals: a datetime, or Unix
                seconds.
            unanimous: Whether all guardians ask together, although fewer would do.

        Returns:
            The approval.

        Raises:
            InputError: When ``guardian`` is not one of the guardians.
            ClocksDiffer: The chain's time is too far from this machine's.
        """
        identity = identity_of(identity)
        guardian = identity_of(guardian)
        if guardian not in guardians.guardians:
            raise InputError(f"{guardian} is not among the guardians that were opened")
        until = self._client.chain.deadline(0, told=moment_of(deadline, name="deadline"))
        together = unanimous or guardians.needs_all
        message = self._approved(identity, new_owner, guardians, until, unanimous=together)
        signature = by.sign_typed_data(message)
        index = guardians.guardians.index(guardian)
        return RecoveryApproval(identity, new_owner, until, index, by.signer, signature)

    @typed_arguments
    def propose(self, approvals: Sequence[RecoveryApproval], guardians: GuardianSet) -> Transaction:
        """Propose a new owner with the guardians' approvals; it waits for the contract's delay.

        Args:
            approvals: As :meth:`approve` gives them, at least one, in any order.
            guardians: What opens the commitment.

        Returns:
            The transaction.

        Raises:
            InputError: The approvals are of several recoveries; or they are of all guardians and
                one is not unanimous, or of fewer and one is. Nothing was sent.
            GuardiansMismatch: Others are in force.
            RecoveryBelowThreshold: The approvals are too few.
            RecoveryInvalidApproval: One is another act's, or not by who controls the guardian now.
            RecoveryPending: Another recovery is pending, and these are not all guardians.
            SignatureExpired: The deadline has passed.
        """
        meant = {(each.identity, each.new_owner, each.deadline) for each in approvals}
        if len(meant) != 1:
            raise InputError(
                "there are no approvals, or they differ in identity, new owner or deadline: ask"
                " the guardians again, with one deadline"
            )
        ((identity, new_owner, deadline),) = meant
        signed = sorted((each.index, each.signer, each.signature) for each in approvals)
        try:
            return self._client.send(
                "proposeRecovery", identity, new_owner, guardians.as_tuple(), deadline, signed
            )
        except RecoveryInvalidApproval as refusal:
            for each in approvals:
                if each.index == refusal.index:
                    self._explain(each, guardians, given=len(approvals))
            raise

    @typed_arguments
    def execute(self, identity: AnyIdentity) -> Transaction:
        """Complete a recovery whose delay has passed; anybody may.

        What the former owner set stays set: see `salus.thefts`.

        Args:
            identity: Whose recovery.

        Returns:
            The transaction.

        Raises:
            RecoveryNone: None is pending.
            RecoveryNotReady: It waits until the time that the error names.
        """
        identity = identity_of(identity)
        return self._client.send("executeRecovery", identity)

    @typed_arguments
    def veto(self, identity: AnyIdentity, *, by: Signer | None = None) -> Transaction:
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
        identity = identity_of(identity)
        message = {"newOwner": self.pending(identity).new_owner}
        return self._acting.act("vetoRecovery", identity, [], message, by=by)

    def _approved(
        self,
        identity: Address,
        new_owner: Address,
        guardians: GuardianSet,
        deadline: int,
        *,
        unanimous: bool,
    ) -> dict[str, Any]:
        """What a guardian signs, in the present round."""
        recovery = self.pending(identity)
        message = {
            "identity": identity,
            "newOwner": new_owner,
            "guardians": guardians.commitment,
            "unanimous": unanimous,
            "round": recovery.unanimous_round if unanimous else recovery.round,
            "deadline": deadline,
        }
        return self._client.typed("ApproveRecovery", message)

    def _explain(self, refused: RecoveryApproval, guardians: GuardianSet, *, given: int) -> None:
        """Say so where an approval was refused for being unanimous, or for not being it.

        Raises:
            InputError: It would hold among fewer, or among all.
        """
        number = len(guardians.guardians)
        other = self._approved(
            refused.identity,
            refused.new_owner,
            guardians,
            refused.deadline,
            unanimous=given != number,
        )
        with suppress(SignatureMismatch):
            rpc = self._client.chain.rpc
            require_signature(rpc, refused.signer, digest(other), refused.signature)
            raise InputError(
                f"guardian {refused.index} approved for fewer than all guardians, and these are"
                f" all {number}: {'' if guardians.needs_all else 'leave approvals out, or '}let all"
                " sign again with `unanimous=True`; nothing was sent"
                if given == number
                else f"guardian {refused.index} approved for all {number} together"
                f" (`unanimous=True`), and these are {given}: collect the others, or let these sign"
                " again without it; nothing was sent"
            )

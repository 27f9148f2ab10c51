"""Errors of `IdentityRegistry`."""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.reverts import NamedRevert
from salus.errors import InputError


class IdentityDeactivated(NamedRevert):
    """The identity was ended, permanently."""

    message: ClassVar[str] = "{identity} is permanently deactivated: use another identity"
    identity: str


class IdentityInvalidNonce(NamedRevert):
    """A signed change carries another nonce than the identity's next."""

    message: ClassVar[str] = (
        "the next signed change of {identity} carries nonce {expected}, not {given}: sign again"
        " with nonce {expected}"
    )
    identity: str
    expected: int
    given: int


class IdentityZeroOwner(NamedRevert):
    """Address zero controls nothing."""

    message: ClassVar[str] = (
        "address zero cannot own {identity}: name another owner, or deactivate the identity"
    )
    identity: str


class IdentityNoChanges(NamedRevert):
    """A list of changes was empty."""

    message: ClassVar[str] = "no changes of {identity} were given: give at least one"
    identity: str


class GuardiansUnchanged(NamedRevert):
    """These guardians are in force already."""

    message: ClassVar[str] = (
        "the guardians of {identity} are committed to by {commitment} already: nothing to do, or"
        " make a new set with a new salt"
    )
    identity: str
    commitment: bytes


class GuardiansNotScheduled(NamedRevert):
    """There is no change of guardians to cancel."""

    message: ClassVar[str] = "no change of {identity}'s guardians is scheduled: nothing to cancel"
    identity: str


class GuardiansMismatch(NamedRevert):
    """The opened set of guardians is not the one committed to."""

    message: ClassVar[str] = (
        "the guardians shown hash to {given}, but {identity} committed to {expected}: use the"
        " opening of the set that is in force"
    )
    identity: str
    expected: bytes
    given: bytes


class GuardiansMalformed(NamedRevert):
    """The opened set breaks its own rules."""

    message: ClassVar[str] = (
        "the guardians of {identity} must be strictly ascending, none of them zero or the"
        " identity itself, with a threshold from 1 to their number: this set can recover nothing"
    )
    identity: str


class RecoveryBelowThreshold(NamedRevert):
    """Too few guardians approved."""

    message: ClassVar[str] = (
        "{approvals} guardians approved the recovery of {identity}, {threshold} are needed:"
        " collect more approvals over the same round"
    )
    identity: str
    approvals: int
    threshold: int


class RecoveryInvalidApproval(NamedRevert):
    """One approval is not a guardian's, or not in order."""

    message: ClassVar[str] = (
        "the approval of guardian {index} for {identity} does not hold: it must be signed by who"
        " controls that guardian now, over this new owner, set, round and deadline, in ascending"
        " order; with `unanimous=True` where all guardians approve, without where fewer do"
    )
    identity: str
    index: int


class RecoveryNone(NamedRevert):
    """No recovery is pending."""

    message: ClassVar[str] = "no recovery of {identity} is pending: propose one first"
    identity: str


class RecoveryPending(NamedRevert):
    """Another recovery stands in the way."""

    message: ClassVar[str] = (
        "a recovery of {identity} is pending until {ready_at:time}: execute or veto it first, or"
        " collect the approvals of all guardians"
    )
    identity: str
    ready_at: int


class RecoveryNotReady(NamedRevert):
    """The delay of the recovery has not passed."""

    message: ClassVar[str] = (
        "the recovery of {identity} can be executed from {ready_at:time}: wait until then"
    )
    identity: str
    ready_at: int


class RecoveryUnanimous(NamedRevert):
    """All guardians agreed: neither veto nor deactivation can stop it."""

    message: ClassVar[str] = (
        "all guardians of {identity} agreed on its recovery, so it can be neither vetoed nor cut"
        " short by deactivation: wait for it and act as the new owner"
    )
    identity: str


class GuardianRefused(InputError):
    """A guardian that would be of no help against the theft or loss of the key."""

    def __init__(self, *, guardian: str, reason: str) -> None:
        self.guardian, self.reason = guardian, reason
        super().__init__(f"{guardian} is refused as a guardian: {reason}; nothing was changed")

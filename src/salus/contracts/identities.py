"""`IdentityRegistry`: changes, guardians and recoveries, its events and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert
from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.values import typed


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
        "approval number {index} for {identity} does not hold: it must be signed by who controls"
        " that guardian now, over this new owner, set, round and deadline, in ascending order"
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


@dataclass(frozen=True, slots=True)
class DIDAttributeChanged(Event):
    """An attribute holds until ``valid_to``, Unix seconds; a past time ends it (ERC-1056)."""

    identity: str
    name: bytes
    value: bytes
    valid_to: int
    previous_change: int


@dataclass(frozen=True, slots=True)
class DIDDelegateChanged(Event):
    """A delegate may act until ``valid_to``, Unix seconds; a past time ends it (ERC-1056)."""

    identity: str
    delegate_type: bytes
    delegate: str
    valid_to: int
    previous_change: int


@dataclass(frozen=True, slots=True)
class DIDOwnerChanged(Event):
    """An identity was handed to another owner; zero: deactivated (ERC-1056)."""

    identity: str
    owner: str
    previous_change: int


@dataclass(frozen=True, slots=True)
class GuardiansCancelled(Event):
    """A scheduled change of guardians was dropped."""

    effective_at: int
    identity: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class GuardiansScheduled(Event):
    """New guardians were committed to, in force from ``effective_at``, Unix seconds."""

    effective_at: int
    identity: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class RecoveryExecuted(Event):
    """A recovery was completed: the new owner controls the identity."""

    ready_at: int
    identity: str
    new_owner: str


@dataclass(frozen=True, slots=True)
class RecoveryProposed(Event):
    """Guardians proposed a new owner, who takes over from ``ready_at``, Unix seconds."""

    ready_at: int
    identity: str
    new_owner: str
    unanimous: bool


@dataclass(frozen=True, slots=True)
class RecoveryVetoed(Event):
    """The owner ended a recovery."""

    ready_at: int
    identity: str
    new_owner: str


@dataclass(frozen=True, slots=True)
@typed
class Recovery:
    """A recovery that waits; ``ready_at`` is zero when there is none.

    Attributes:
        new_owner: Who will own the identity.
        ready_at: When it can be executed, Unix seconds.
        unanimous: Whether all guardians approved: it cannot be vetoed.
        round: What the next approvals by fewer than all guardians sign.
        unanimous_round: What the next approvals by all guardians sign.
    """

    new_owner: Address
    ready_at: int
    unanimous: bool
    round: int
    unanimous_round: int


@dataclass(frozen=True, slots=True)
@typed
class GuardiansChange:
    """A change of guardians that waits: whoever did not make it has until then to recover.

    Attributes:
        commitment: To the guardians that come, 32 bytes; None where it leaves the identity without.
        effective_at: When they replace those in force, Unix seconds; while a recovery is pending
            nothing replaces those that proposed it.
    """

    commitment: bytes | None
    effective_at: int


SPEC = ContractSpec(
    "IdentityRegistry",
    modules=(__name__, SIGNED_ACTS, OPENZEPPELIN),
    given_as="identities",
    signed=(
        "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)",
        "Deactivate(address identity,uint256 nonce,uint256 deadline)",
        "ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)"
        "Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)",
        "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)",
        "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)",
        "VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)",
        "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,"
        "uint256 round,uint256 deadline)",
    ),
)

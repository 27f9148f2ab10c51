"""Errors of `AccreditationRegistry`, `ConsentRegistry` and `AnchorRegistry`.

Example:
    >>> from salus.contracts.anchors import AnchorNotGrowing
    >>> print(AnchorNotGrowing(last_size=3, size=3))
    the stream has 3 leaves, a checkpoint of 3 does not extend it: append leaves, then anchor
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert
from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec
from salus.primitives.address import Address
from salus.primitives.values import typed


class AccreditorNotEffective(NamedRevert):
    """The accreditor was named, but its delay has not passed."""

    message: ClassVar[str] = (
        "{accreditor} may act for the role {role:role} from {effective_at:time}: wait until then"
    )
    role: int
    accreditor: str
    effective_at: int


class AccreditorAlreadyNamed(NamedRevert):
    """The accreditor acts for this role already."""

    message: ClassVar[str] = (
        "{accreditor} is an accreditor for the role {role:role} already: nothing to do"
    )
    role: int
    accreditor: str


class AccreditorUnknown(NamedRevert):
    """No accreditor of this role has that address."""

    message: ClassVar[str] = (
        "{accreditor} is not an accreditor for the role {role:role}: governance must name it first"
    )
    role: int
    accreditor: str


class AccreditationZeroSubject(NamedRevert):
    """Address zero cannot hold a role."""

    message: ClassVar[str] = "address zero cannot be accredited: name the subject's identity"


class AccreditationInPast(NamedRevert):
    """The accreditation would have ended before it began."""

    message: ClassVar[str] = (
        "an accreditation until {valid_until:time} has ended already: give a time in the future"
    )
    valid_until: int


class AccreditationMissing(NamedRevert):
    """The subject does not hold the role."""

    message: ClassVar[str] = (
        "{subject} is not accredited for the role {role:role} now: an accreditor of that role"
        " must vouch for it"
    )
    subject: str
    role: int


class AccreditationVoidInFuture(NamedRevert):
    """What an accreditor gave can be voided from a past time only."""

    message: ClassVar[str] = (
        "accreditations cannot be voided from {void_from:time} on, which is in the future: give a"
        " past time, or zero to void none"
    )
    void_from: int


@dataclass(frozen=True, slots=True)
class AccreditationRevoked(Event):
    """An accreditation was ended at once."""

    subject: str
    role: int
    by: str
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class Accredited(Event):
    """An accreditor vouched for a subject until ``valid_until``, Unix seconds."""

    subject: str
    role: int
    accreditor: str
    valid_until: int
    evidence_digest: bytes


@dataclass(frozen=True, slots=True)
class AccreditorNamed(Event):
    """Governance named an accreditor, who may act from ``effective_at``, Unix seconds."""

    role: int
    accreditor: str
    effective_at: int


@dataclass(frozen=True, slots=True)
class AccreditorRemoved(Event):
    """Governance removed an accreditor and voided what it gave from ``void_from`` on."""

    role: int
    accreditor: str
    void_from: int


@dataclass(frozen=True, slots=True)
@typed
class Accreditation:
    """Who vouched for a subject's role, from when until when (Unix seconds)."""

    accreditor: Address
    issued_at: int
    valid_until: int


SPEC = ContractSpec(
    "AccreditationRegistry",
    modules=(__name__, SIGNED_ACTS, OPENZEPPELIN),
    given_as="accreditations",
    needs=("IdentityRegistry",),
)

"""Errors of `AccreditationRegistry`, `ConsentRegistry` and `AnchorRegistry`.

Example:
    >>> from salus.errors.contracts import AnchorNotGrowing
    >>> print(AnchorNotGrowing(last_size=3, size=3))
    the stream has 3 leaves, a checkpoint of 3 does not extend it: append leaves, then anchor
"""

from __future__ import annotations

from typing import ClassVar

from salus.errors.contracts.base import NamedRevert


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
        "{accreditor} is no accreditor for the role {role:role}: governance must name it first"
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


class ConsentAlreadyGranted(NamedRevert):
    """This consent is registered already."""

    message: ClassVar[str] = (
        "consent {consent_id} of {patient} is registered already: nothing to do"
    )
    patient: str
    consent_id: bytes


class ConsentAlreadyRevoked(NamedRevert):
    """This consent was revoked, which is final."""

    message: ClassVar[str] = (
        "consent {consent_id} of {patient} is revoked, which is final: a new consent needs a new"
        " salt"
    )
    patient: str
    consent_id: bytes


class ConsentEpochMoved(NamedRevert):
    """All consents of the patient were revoked since this one was made."""

    message: ClassVar[str] = (
        "the consents of {patient} are now made for epoch {epoch}: all earlier ones were revoked;"
        " read epochOf({patient}) and sign again"
    )
    patient: str
    epoch: bytes


class BreakGlassNotEmergencyClinician(NamedRevert):
    """Only an accredited emergency clinician opens a window."""

    message: ClassVar[str] = (
        "{clinician} is not accredited as an emergency clinician now: an accreditor must vouch"
        " for it, or ask the patient for consent"
    )
    clinician: str


class BreakGlassOptedOut(NamedRevert):
    """The patient refuses break-glass."""

    message: ClassVar[str] = (
        "{patient} has opted out of break-glass: only the patient's consent opens these records"
    )
    patient: str


class BreakGlassOverdue(NamedRevert):
    """A justification of an earlier window is overdue."""

    message: ClassVar[str] = (
        "{clinician} had to justify an earlier window by {justify_by:time}: justify it first"
    )
    clinician: str
    justify_by: int


class BreakGlassTooMany(NamedRevert):
    """Too many windows wait for their justification."""

    message: ClassVar[str] = (
        "{clinician} has {open} windows without a justification: justify some first"
    )
    clinician: str
    open: int


class BreakGlassAlreadyOpen(NamedRevert):
    """A window of this clinician on this patient is open."""

    message: ClassVar[str] = "window {window_id} is open until {ends_at:time}: use that one"
    window_id: bytes
    ends_at: int


class BreakGlassUnknown(NamedRevert):
    """No such window was opened by this clinician."""

    message: ClassVar[str] = (
        "window {window_id} was never opened by this clinician: read its id from BreakGlassOpened"
    )
    window_id: bytes


class BreakGlassAlreadyJustified(NamedRevert):
    """A window is justified once."""

    message: ClassVar[str] = "window {window_id} is justified already: nothing to do"
    window_id: bytes


class BreakGlassRevisionMoved(NamedRevert):
    """The patient's choice was changed since this one was signed."""

    message: ClassVar[str] = (
        "the next signed break-glass choice of {patient} carries revision {expected}, not"
        " {given}: read breakGlassOptOut({patient}) and sign again"
    )
    patient: str
    expected: int
    given: int


class HeadMoved(NamedRevert):
    """The stream's last checkpoint is another one than the caller built on."""

    message: ClassVar[str] = (
        "the stream's last checkpoint is {head}: read it again, rebuild the log on it, then"
        " anchor; never retry blindly"
    )
    head: bytes


class AnchorNotGrowing(NamedRevert):
    """A checkpoint must be larger than the last."""

    message: ClassVar[str] = (
        "the stream has {last_size} leaves, a checkpoint of {size} does not extend it: append"
        " leaves, then anchor"
    )
    last_size: int
    size: int


class AnchorTooLarge(NamedRevert):
    """A checkpoint has more leaves than every reader can count."""

    message: ClassVar[str] = (
        "a checkpoint of {size} leaves is larger than {most}, the largest size that every reader"
        " holds exactly: no log is that large, give the number of its leaves"
    )
    size: int
    most: int


class BreakGlassWindowMoved(NamedRevert):
    """A window was opened since this act was signed."""

    message: ClassVar[str] = (
        "the act was signed when {given} was the pair's last window, now it is {last_window}:"
        " sign again with that one"
    )
    last_window: bytes
    given: bytes


class AnchorZeroRoot(NamedRevert):
    """A checkpoint needs its root."""

    message: ClassVar[str] = "no log has the root zero: give the Merkle root of the stream's leaves"

"""Errors of `ConsentRegistry`."""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.reverts import NamedRevert


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


class BreakGlassWindowMoved(NamedRevert):
    """A window was opened since this act was signed."""

    message: ClassVar[str] = (
        "the act was signed when {given} was the pair's last window, now it is {last_window}:"
        " sign again with that one"
    )
    last_window: bytes
    given: bytes

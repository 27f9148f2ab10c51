"""Events of `ConsentRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.contracts.event import Event


@dataclass(frozen=True, slots=True)
class AllConsentsRevoked(Event):
    """Every consent of a patient ended; new ones are made for ``epoch``."""

    patient: str
    epoch: bytes


@dataclass(frozen=True, slots=True)
class BreakGlassJustified(Event):
    """A clinician justified a window, in time or late."""

    window_id: bytes
    clinician: str
    justification: bytes
    late: bool


@dataclass(frozen=True, slots=True)
class BreakGlassOpened(Event):
    """A clinician opened a window on a patient until ``ends_at``, Unix seconds."""

    patient: str
    clinician: str
    window_id: bytes
    ends_at: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class BreakGlassOptOutSet(Event):
    """A patient refused break-glass, or allowed it again."""

    patient: str
    opted_out: bool
    revision: int


@dataclass(frozen=True, slots=True)
class ConsentGranted(Event):
    """A consent was registered."""

    patient: str
    consent_id: bytes


@dataclass(frozen=True, slots=True)
class ConsentRevoked(Event):
    """A consent was ended, permanently."""

    patient: str
    consent_id: bytes

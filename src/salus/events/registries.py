"""Events of `AccreditationRegistry`, `ConsentRegistry` and `AnchorRegistry`.

Example:
    >>> from dataclasses import fields
    >>> from salus.events import Anchored
    >>> 'issuer' in [each.name for each in fields(Anchored)]
    True
"""

from __future__ import annotations

from dataclasses import dataclass

from salus.events.base import Event


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
    """A consent was ended, for ever."""

    patient: str
    consent_id: bytes


@dataclass(frozen=True, slots=True)
class Anchored(Event):
    """A stream moved from checkpoint ``parent`` to one of ``size`` leaves."""

    issuer: str
    stream: bytes
    checkpoint_id: bytes
    parent: bytes
    root: bytes
    size: int

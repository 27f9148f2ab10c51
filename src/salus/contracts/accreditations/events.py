"""Events of `AccreditationRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.contracts.event import Event


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

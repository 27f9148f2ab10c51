"""Structs of `AccreditationRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.primitives.address import Address
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Accreditation:
    """Who vouched for a subject's role, from when until when (Unix seconds)."""

    accreditor: Address
    issued_at: int
    valid_until: int

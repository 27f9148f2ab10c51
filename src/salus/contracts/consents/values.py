"""Structs of `ConsentRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class ConsentStatus:
    """When a consent was granted and revoked (Unix seconds; 0: never), and if it is active."""

    granted_at: int
    revoked_at: int
    active: bool


@dataclass(frozen=True, slots=True)
@typed
class BreakGlassWindow:
    """An emergency window's times, in Unix seconds; ``justified_at`` is zero until it is."""

    opened_at: int
    ends_at: int
    justified_at: int
    justify_by: int

"""Events of `AnchorRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.contracts.event import Event


@dataclass(frozen=True, slots=True)
class Anchored(Event):
    """A stream moved from checkpoint ``parent`` to one of ``size`` leaves."""

    issuer: str
    stream: bytes
    checkpoint_id: bytes
    parent: bytes
    root: bytes
    size: int

"""Consents: what a patient signs, how long it stands, what it decides, and how it ends.

Example:
    >>> from salus.consents import Strength
    >>> [each.value for each in Strength]
    ['signed', 'registered', 'batched']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.consents.checks import Standing, Strength
    from salus.consents.client import Consents
    from salus.consents.timelines import CONSENT_STREAM

__all__ = ["CONSENT_STREAM", "Consents", "Standing", "Strength"]

__getattr__ = door(
    __name__,
    {
        "checks": "Standing Strength",
        "client": "Consents",
        "timelines": "CONSENT_STREAM",
    },
)

"""What was found in a record that tells how sensitive it is: where, why, and how surely.

Example:
    >>> Derivation(frozenset({"PSY"}), "code", "F20.0", "psychotic disorder", Confidence.STRONG)
    Derivation(confidence=<Confidence.STRONG: 'strong'>)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from salus.primitives.values import typed


class Confidence(StrEnum):
    """How surely a derivation means what it says."""

    STRONG = "strong"
    """The code stands for nothing else."""
    WEAK = "weak"
    """Words, or a code that stands for other things too."""
    UNREAD = "unread"
    """Something stands there that cannot be read: it may be anything."""


class Meaning(NamedTuple):
    """What a code or words stand for, wherever they stand."""

    sensitivities: frozenset[str]
    found: str
    reason: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
@typed
class Derivation:
    """One derivation. Its repr shows no health data.

    Attributes:
        sensitivities: Codes of the sensitivities that follow.
        path: The element that they were derived from.
        found: The code, or the words.
        reason: Why they follow.
        confidence: How surely.
    """

    sensitivities: frozenset[str] = field(repr=False)
    path: str = field(repr=False)
    found: str = field(repr=False)
    reason: str = field(repr=False)
    confidence: Confidence


def at(path: str, meaning: Meaning) -> Derivation:
    """Put a meaning where it was found."""
    return Derivation(
        meaning.sensitivities, path, meaning.found, meaning.reason, meaning.confidence
    )

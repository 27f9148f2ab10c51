"""What became of letters in one run over an inbox.

Example:
    >>> run = Read(fates={"aaaa": Fate.TAKEN, "bbbb": Fate.REFUSED})
    >>> run.of(Fate.TAKEN)
    ('aaaa',)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from salus.errors import SalusError
from salus.primitives.values import typed


class Fate(Enum):
    """What became of one letter."""

    TAKEN = "taken"
    """It was taken in."""
    ALREADY = "already"
    """It was taken in before, and nobody could take it in any more: a key or consent ended since.
    What it brought stays."""
    REFUSED = "refused"
    """It never will be: garbage, forged, or somebody else's."""
    UNASKED = "unasked"
    """Nobody asked for it, or its sender is over its measure: it waits, and may be dropped."""
    UNJUDGED = "unjudged"
    """The chain could not vouch for it now, or what handles it failed: it waits, and may be dropped
    where that lasts."""
    WAITING = "waiting"
    """It lacks a key, or contradicts what is held here: it waits, and may be dropped where that
    lasts."""
    UNKNOWN = "unknown"
    """Nothing here handles its kind: it may be dropped."""


@dataclass(frozen=True, slots=True)
@typed
class LetterOutcome:
    """What a taker made of a letter.

    Attributes:
        spent: Delete it now: it holds what must not lie there, and all else was taken in.
    """

    fate: Fate = Fate.TAKEN
    brought: tuple[object, ...] = ()
    spent: bool = False
    problems: tuple[SalusError, ...] = ()


TAKEN = LetterOutcome()


@dataclass(frozen=True, slots=True)
@typed
class Read:
    """What one run over an inbox gave.

    Attributes:
        brought: What letters brought, in the order in which they were taken in.
        problems: Why single letters could not be taken in; the others were.
        fates: What became of each letter, by its id.
        left: Ids of those that the run did not come to; the next one goes on with them.
    """

    brought: tuple[object, ...] = field(default=(), repr=False)
    problems: tuple[SalusError, ...] = ()
    fates: Mapping[str, Fate] = field(default_factory=dict)
    left: tuple[str, ...] = ()

    def of(self, *fates: Fate) -> tuple[str, ...]:
        """List the ids of letters that came to one of these ends."""
        return tuple(each for each, fate in self.fates.items() if fate in fates)

"""Rules as bits: which of them a value may fall under is looked up, not compared one by one.

The rule at position n is bit n. A table is made once per terms, so that a request costs about the
same whether it is held against one rule or sixteen.

Example:
    >>> from salus.terms import Terms
    >>> from salus.terms.classes import CLASSES
    >>> terms = Terms.permit("TREAT").except_(classes="Observation.laboratory")
    >>> masks = CodeMasks.of(CLASSES, [each.classes for each in terms.rules])
    >>> masks.sure("Observation"), masks.possible("Observation"), masks.possible("Condition")
    (1, 3, 1)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from salus.primitives.roles import Role
from salus.terms.vocabulary import ActorKind

if TYPE_CHECKING:
    from salus.terms.actor import Actor
    from salus.terms.codes import CodeTable
    from salus.terms.period import Period
    from salus.terms.request import Party


def mask_of(positions: Iterable[int]) -> int:
    """Set one bit for each position."""
    return sum(1 << position for position in positions)


class CodeMasks:
    """Of which rules a code is inside, and which ones it may mean."""

    __slots__ = ("_possible", "_sure", "unnamed")

    def __init__(self, unnamed: int, sure: dict[str, int], possible: dict[str, int]) -> None:
        self.unnamed, self._sure, self._possible = unnamed, sure, possible

    @classmethod
    def of(cls, table: CodeTable, named: Sequence[frozenset[str]]) -> CodeMasks:
        """Make the masks of what each rule names; a rule that names nothing takes any code."""
        unnamed = mask_of(position for position, codes in enumerate(named) if not codes)
        sure: dict[str, int] = {}
        possible: dict[str, int] = {}
        for position, codes in enumerate(named):
            for code in codes:
                within, including = table.within(code), table.including(code)
                for each in within:
                    sure[each] = sure.get(each, unnamed) | 1 << position
                for each in (*within, *including):
                    possible[each] = possible.get(each, unnamed) | 1 << position
        return cls(unnamed, sure, possible)

    def sure(self, code: str) -> int:
        """The rules that name the code, or one that includes it."""
        return self._sure.get(code, self.unnamed)

    def possible(self, code: str) -> int:
        """These, and the rules that name one that it includes."""
        return self._possible.get(code, self.unnamed)

    def all_sure(self, codes: frozenset[str]) -> int:
        """The rules that all of several codes are inside of; of none, those that name nothing."""
        if not codes:
            return self.unnamed
        mask = -1
        for code in codes:
            mask &= self._sure.get(code, self.unnamed)
        return mask

    def any_possible(self, codes: frozenset[str]) -> int:
        """The rules that one of several codes may be inside of."""
        mask = self.unnamed
        for code in codes:
            mask |= self._possible.get(code, 0)
        return mask


class BoundedRules(NamedTuple):
    """A period of some rules, open sides at infinity."""

    rules: int
    start: float
    end: float


def span(rules: int, *periods: Period | None) -> BoundedRules:
    """What several periods have in common; None is all time."""
    starts = (each.start for each in periods if each is not None and each.start is not None)
    ends = (each.end for each in periods if each is not None and each.end is not None)
    return BoundedRules(rules, max(starts, default=-inf), min(ends, default=inf))


class PartyMasks:
    """Which rules somebody falls under, by the actors of one part that each of them names."""

    __slots__ = (
        "_addresses",
        "_by_address",
        "_by_role",
        "_references",
        "_referring",
        "_roles",
        "is_open",
        "unnamed",
    )

    def __init__(self, named: Sequence[Sequence[Actor]]) -> None:
        self.unnamed = mask_of(position for position, actors in enumerate(named) if not actors)
        self.is_open = not any(named)
        self._addresses = _masks(named, ActorKind.ADDRESS, lambda value: value)
        self._roles = _masks(named, ActorKind.ROLE, lambda value: Role[value.upper()])
        self._references = _masks(named, ActorKind.REFERENCE, lambda value: value)
        kinds = [{actor.kind for actor in actors} for actors in named]
        self._by_address, self._by_role = (
            mask_of(position for position, each in enumerate(kinds) if kind in each)
            for kind in (ActorKind.ADDRESS, ActorKind.ROLE)
        )
        self._referring = [
            (1 << position, frozenset(each.value for each in actors if _is_reference(each)))
            for position, actors in enumerate(named)
            if any(map(_is_reference, actors))
        ]

    def sure(self, party: Party) -> int:
        """The rules that name one of the names that somebody is known by, or nobody."""
        mask: int = self.unnamed | self._addresses.get(party.address, 0)
        for role in party.roles:
            mask |= self._roles.get(role, 0)
        for reference in party.references:
            mask |= self._references.get(reference, 0)
        return mask

    def possible(self, party: Party, sure: int) -> int:
        """These, and the rules that may name somebody of whom not all is known."""
        mask = sure
        if party.address is None:
            mask |= self._by_address
            mask |= 0 if party.roles else self._by_role
        for rule, references in self._referring:
            if not references <= party.others:
                mask |= rule
        return mask


def _masks(
    named: Sequence[Sequence[Actor]], kind: ActorKind, key: Callable[[str], Hashable]
) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for position, actors in enumerate(named):
        for actor in actors:
            if actor.kind is kind:
                at = key(actor.value)
                found[at] = found.get(at, 0) | 1 << position
    return found


def _is_reference(actor: Actor) -> bool:
    return actor.kind is ActorKind.REFERENCE

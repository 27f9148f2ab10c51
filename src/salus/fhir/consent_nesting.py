"""Whether a permit below another rule is an exception to it: R4's exceptions take out of a rule.

Terms let an exception set other conditions than the rules above it have; in FHIR nothing says that
a permit for marketing below one for research is more than the other's part, or a slip.

Example:
    >>> from salus.terms import Rule, Terms
    >>> research, marketing = (frozenset({code}) for code in ("HRESCH", "HMARKT"))
    >>> below = Rule(effect=Effect.PERMIT, purposes=marketing)
    >>> beyond(Terms(base=Rule(effect=Effect.PERMIT, purposes=research), exceptions=(below,)), 1)
    ('purpose',)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.terms.classes import CLASSES
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Confidentiality, Effect, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from salus.terms.actor import Actor
    from salus.terms.codes import CodeTable
    from salus.terms.model import Rule, Terms


def beyond(terms: Terms, position: int) -> tuple[str, ...]:
    """List the conditions in which a permit reaches beyond a rule that it is an exception to."""
    if terms.rules[position].effect is Effect.DENY:
        return ()
    above = terms.lineage(position)[1:]
    found = {element for each in above for element in _outside(terms, position, each)}
    return tuple(sorted(found))


def _outside(terms: Terms, position: int, above: int) -> Iterator[str]:
    own, outer = terms.effective(position), terms.effective(above)
    if outer.actions and not (own.actions and own.actions <= outer.actions):
        yield "action"
    if not _covers(PURPOSES, outer.purposes, own.purposes):
        yield "purpose"
    if not _covers(CLASSES, outer.classes, own.classes):
        yield "class"
    is_labelled = _covers(SENSITIVITIES, outer.sensitivities, own.sensitivities)
    if not (is_labelled and _levels(terms, position) <= _levels(terms, above)):
        yield "securityLabel"
    if not _is_of_the_time(own, outer):
        yield "dataPeriod"
    if not all(_are_among(own.actors, outer.actors, part) for part in Part):
        yield "actor"


def _covers(table: CodeTable, outer: frozenset[str], own: frozenset[str]) -> bool:
    return not outer or (bool(own) and all(table.covers(outer, code) for code in own))


def _levels(terms: Terms, position: int) -> set[Confidentiality]:
    named, bound = terms.effective(position).confidentiality, terms.labels_of(position).effect
    if named is None:
        return {*Confidentiality}
    from_there_up = bound is Effect.DENY
    return {each for each in Confidentiality if each == named or (each > named) is from_there_up}


def _is_of_the_time(own: Rule, outer: Rule) -> bool:
    if outer.data_period is None:
        return True
    return own.data_period is not None and outer.data_period.encloses(own.data_period)


def _are_among(own: frozenset[Actor], outer: frozenset[Actor], part: Part) -> bool:
    wanted, named = ({each for each in actors if each.part is part} for actors in (outer, own))
    return not wanted or (bool(named) and named <= wanted)

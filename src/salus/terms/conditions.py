"""The conditions of a rule as an author writes them: one word or several, names, dates.

Example:
    >>> said = fields_of("permit", ["TREAT"], {"actors": "pharmacy", "confidentiality": "R"})
    >>> said["actors"] == (Actor.role(Role.PHARMACY),), said["confidentiality"]
    (True, 'R')
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from salus.errors import InvalidValue
from salus.primitives.coercion import type_named
from salus.primitives.roles import Role
from salus.terms.actor import Actor
from salus.terms.errors import InvalidTerms
from salus.terms.period import Period, sides
from salus.terms.vocabulary import Action, Confidentiality

if TYPE_CHECKING:
    from salus.primitives.times import Moment

Words: TypeAlias = str | Iterable[str]
"""One code, or several."""
Actors: TypeAlias = Actor | Role | str | Iterable[Actor | Role | str]
"""Actors; a role or its name; recipients by address, or by reference, as in Practitioner/f204."""
_SETS = {"actions", "classes", "sensitivities"}
_REFERENCE = re.compile(r".*[/:].*", re.DOTALL)


class Conditions(TypedDict, total=False):
    """What a rule may say besides its effect and purposes; see `Rule`."""

    actions: Action | Words
    classes: Words
    sensitivities: Words
    confidentiality: Confidentiality | str
    since: Moment
    until: Moment | timedelta
    validity: Period
    data_period: Period
    actors: Actors
    redisclosure_depth: int
    remuneration: bool
    never_to_payer: bool
    residual: bytes


def fields_of(
    owner: str, purposes: Iterable[Words], conditions: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of a rule in an author's words; `Rule` refuses what does not fit.

    Args:
        owner: The verb that the author called, which errors name.
        purposes: Codes, or lists of them.
        conditions: As in `Conditions`.

    Raises:
        InvalidValue: A condition is not known, or of another type.
        InvalidTerms: Two conditions contradict one another.
    """
    for name in conditions.keys() - Conditions.__annotations__.keys():
        known = ", ".join(Conditions.__annotations__)
        raise InvalidValue(owner, name, f"is not a condition; they are {known}")
    said = dict(conditions, purposes=_purposes(owner, purposes))
    since, until = said.pop("since", None), said.pop("until", None)
    if since is not None or until is not None:
        if "validity" in said:
            raise InvalidTerms(field="validity", problem="is given beside since or until: give one")
        first, last = sides(since, until, owner=owner, names=("since", "until"))
        said["validity"] = Period(start=first, end=last)
    for name in _SETS & said.keys():
        said[name] = _set(owner, name, said[name])
    if "actors" in said:
        said["actors"] = _actors(said["actors"])
    return said


def _purposes(owner: str, given: Iterable[Words]) -> frozenset[Any]:
    return frozenset().union(*(_set(owner, "purposes", each) for each in given))


def _set(owner: str, name: str, given: Any) -> frozenset[Any]:
    """One word, or several."""
    if isinstance(given, str):  # which an Action is too
        return frozenset({given})
    if not isinstance(given, list | tuple | set | frozenset):
        problem = f"must be a code or a list of codes, not {type_named(given)}"
        raise InvalidValue(owner, name, problem)
    return frozenset(_only_text(owner, name, each) for each in given)


def _only_text(owner: str, name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise InvalidValue(owner, name, f"must be a list of codes, not one of {type_named(given)}")
    return given


def _actors(given: Any) -> Any:
    """What is neither actor, role nor text stays, for the rule to refuse."""
    if isinstance(given, Actor | Role | str):
        given = [given]
    several = isinstance(given, list | tuple | set | frozenset)
    return tuple(map(_actor, given)) if several else given


def _actor(given: Any) -> Any:
    if isinstance(given, Role):
        return Actor.role(given)
    if not isinstance(given, str):
        return given
    if role := Role.__members__.get(given.upper().replace("-", "_")):
        return Actor.role(role)
    if given.startswith("0x"):
        return Actor.address(given)
    if _REFERENCE.fullmatch(given):
        return Actor.reference(given)
    names = ", ".join(each.name.lower() for each in Role)
    raise InvalidTerms(
        field="actors",
        problem=f"name {given!r}, not an address, a role ({names}) or a reference, such as"
        " Practitioner/f204",
    )

"""Consent terms in one paragraph that the person who signs can read.

Example:
    >>> from salus.terms import Effect, Rule, Terms
    >>> print(describe(Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))))
    Permits any use of any record for treatment. The recipient may not pass it on, not for payment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.arguments import typed_arguments
from salus.primitives.times import utc
from salus.terms.classes import CLASSES
from salus.terms.model import Terms
from salus.terms.purposes import PURPOSES
from salus.terms.request import Request
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, ActorKind, Confidentiality, Effect, Part, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from salus.terms.actor import Actor
    from salus.terms.codes import CodeTable
    from salus.terms.model import Rule
    from salus.terms.period import Period

_DAY = 86400
_POLICY = {
    Policy.NONE: "",
    Policy.DENY: " Everything else is denied.",
    Policy.PERMIT: " Everything else is permitted, not to be passed on and not for payment.",
}
_LABELS = (
    " Sensitivity and confidentiality are what a record's labels say, and what its codes and words"
    " tell as far as they are known: what nobody wrote down is not withheld. Of what cannot be"
    " read at all, a consent may say so itself."
)
_CONFIDENTIALITY = {
    Confidentiality.U: "unrestricted",
    Confidentiality.L: "low",
    Confidentiality.M: "moderate",
    Confidentiality.N: "normal",
    Confidentiality.R: "restricted",
    Confidentiality.V: "very restricted",
}
_PART = {
    Part.RECIPIENT: "to {}",
    Part.CUSTODIAN: "held by {}",
    Part.AUTHOR: "written by {}",
}


@typed_arguments
def describe(terms: Terms) -> str:
    """Put terms into words.

    Args:
        terms: the terms.

    Returns:
        One paragraph in English, complete but for what a residual digest stands for, which it
        says is to be read elsewhere.
    """
    sentences = [_sentence(terms, position) for position in range(len(terms.rules))]
    return " ".join(sentences) + _POLICY[terms.policy] + _about_labels(terms)


@typed_arguments
def in_words(request: Request) -> str:
    """Put a request into words, without the record's labels: they say what a record is about."""
    what = request.resource.resource_class.partition(".")[0]
    why = PURPOSES.display(request.purpose)
    return f"{request.action.value} of {what} records for {why} by {request.recipient.address}"


def _about_labels(terms: Terms) -> str:
    """Warn the signer: what neither labels nor codes nor words tell is not withheld."""
    by_label = any(rule.sensitivities and rule.effect is Effect.DENY for rule in terms.rules)
    by_level = any(rule.confidentiality is not None for rule in terms.rules)
    return _LABELS if by_label or by_level else ""


def _sentence(terms: Terms, position: int) -> str:
    rule = terms.rules[position]
    verb = "permits" if rule.effect is Effect.PERMIT else "denies"
    if position == 0:
        opening = verb.capitalize()
    else:
        above = f" to exception {rule.parent}" if rule.parent else ""
        opening = f"Exception {position}{above} {verb}"
    return f"{opening} {_conditions(terms, position)}.{_flags(rule)}{_residual(rule)}"


def _conditions(terms: Terms, position: int) -> str:
    rule = terms.effective(position)
    wanted = (action.value for action in Action if action in rule.actions)
    parts = [
        _any_of(wanted) or "any use",
        f"of {_any_of(_words(CLASSES, rule.classes)) or 'any record'}"
        + (" records" if rule.classes else ""),
        _labels(rule, terms.labels_of(position).effect),
        _span(rule.data_period, "about the time"),
        *(_people(rule.actors, part) for part in Part),
        _prefixed("for", _any_of(_words(PURPOSES, rule.purposes))),
    ]
    valid = _span(rule.validity, ", valid")
    return " ".join(part for part in parts if part) + valid


def _labels(rule: Rule, set_by: Effect) -> str:
    sensitive = _any_of(_words(SENSITIVITIES, rule.sensitivities))
    named = f"labelled as {sensitive}" if sensitive else ""
    if rule.confidentiality is None:
        return named
    bound = "at most" if set_by is Effect.PERMIT else "at least"
    level = f"of {bound} {_CONFIDENTIALITY[rule.confidentiality]} confidentiality"
    return f"{named} {level}".strip()


def _flags(rule: Rule) -> str:
    if rule.effect is Effect.DENY:
        return ""
    times = rule.redisclosure_depth
    passing = f"may pass it on {times} time{'s' * (times > 1)}" if times else "may not pass it on"
    payment = "also for payment" if rule.remuneration else "not for payment"
    payer = ", never to a payer" if rule.never_to_payer else ""
    return f" The recipient {passing}, {payment}{payer}."


def _residual(rule: Rule) -> str:
    if rule.residual is None:
        return ""
    return f" Further conditions in words (SHA-256 {rule.residual.hex()[:16]}…) must be read."


def _people(actors: frozenset[Actor], part: Part) -> str:
    names = (_name(actor) for actor in sorted(actors) if actor.part is part)
    listed = _any_of(names)
    return _PART[part].format(listed) if listed else ""


def _name(actor: Actor) -> str:
    if actor.kind is ActorKind.ROLE:
        return f"any accredited {actor.value.replace('_', ' ')}"
    return actor.value


def _span(period: Period | None, prefix: str) -> str:
    if period is None:
        return ""
    start = "" if period.start is None else f" from {_day(period.start) or utc(period.start)}"
    end = "" if period.end is None else f" until {_end(period.end)}"
    zone = "" if (start + end).endswith(" UTC") else " (UTC)"
    return f"{prefix}{start}{end}{zone}"


def _end(seconds: int) -> str:
    """The second itself is outside: of a day's first one, the day before is the last."""
    last = _day(seconds - _DAY)
    return f"the end of {last}" if last else utc(seconds)


def _day(seconds: int) -> str:
    """The day that begins then; nothing where none does."""
    return "" if seconds % _DAY else utc(seconds).partition(" ")[0]


def _words(table: CodeTable, codes: frozenset[str]) -> Iterable[str]:
    return (table.display(code) for code in sorted(codes, key=table.bit))


def _prefixed(prefix: str, text: str) -> str:
    return f"{prefix} {text}" if text else ""


def _any_of(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} or {last}" if most else last

"""Hypothesis strategies for consent terms and for requests that have a chance to match them."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from salus.primitives.roles import Role
from salus.terms import (
    Action,
    Actor,
    Confidentiality,
    Effect,
    Party,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
)
from salus.terms.classes import CLASSES
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Part, Policy

T = TypeVar("T")
NOW = 1_800_000_000
DAY = 86_400
ADDRESSES = ["0x" + digit * 40 for digit in "ab"]
REFERENCES = ["Organization/f001", "did:example:é"]

actors = st.one_of(
    st.builds(Actor.address, st.sampled_from(ADDRESSES), st.sampled_from(Part)),
    st.builds(Actor.role, st.sampled_from(Role), st.sampled_from(Part)),
    st.builds(Actor.reference, st.sampled_from(REFERENCES), st.sampled_from(Part)),
)


@st.composite
def _periods(draw: st.DrawFn) -> Period:
    start = draw(st.integers(NOW - 5 * DAY, NOW + DAY))
    end = draw(st.integers(start + 1, NOW + 9 * DAY))
    open_side = draw(st.sampled_from(["neither", "start", "end"]))
    return Period(
        start=None if open_side == "start" else start, end=None if open_side == "end" else end
    )


periods = _periods()


def few(codes: tuple[str, ...], likely: list[str]) -> st.SearchStrategy[frozenset[str]]:
    """Codes of a table, mostly none or one of those that requests use too."""
    one = st.sampled_from(likely) | st.sampled_from(codes)
    return mostly(frozenset(), st.frozensets(one, max_size=3))


def mostly(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """The usual value three times in four, so that rules match often enough to be tested."""
    return st.integers(0, 3).flatmap(lambda roll: other if roll == 0 else st.just(usual))


_purposes = few(PURPOSES.codes, ["TREAT", "HRESCH", "PurposeOfUse"])
_classes = few(CLASSES.codes, ["Observation", "Observation.laboratory", "Condition"])
_sensitivities = few(SENSITIVITIES.codes, ["SPI", "PSY", "HIV"])


@st.composite
def rules(draw: st.DrawFn, parent: int = 0, effect: Effect | None = None) -> Rule:
    chosen = draw(st.sampled_from(Effect)) if effect is None else effect
    is_permit = chosen is Effect.PERMIT
    return Rule(
        effect=chosen,
        parent=parent,
        actions=draw(mostly(frozenset(), st.frozensets(st.sampled_from(Action)))),
        purposes=draw(_purposes),
        classes=draw(_classes),
        sensitivities=draw(_sensitivities),
        confidentiality=draw(mostly(None, st.sampled_from(Confidentiality))),
        validity=draw(mostly(None, periods)),
        data_period=draw(mostly(None, periods)),
        actors=draw(mostly(frozenset(), st.frozensets(actors, max_size=2))),
        redisclosure_depth=draw(st.integers(1, 3)) if is_permit else 0,
        remuneration=draw(st.booleans()) if is_permit else False,
        never_to_payer=draw(st.booleans()) if is_permit else False,
        residual=draw(mostly(None, st.binary(min_size=32, max_size=32))),
    )


@st.composite
def terms(draw: st.DrawFn, max_exceptions: int = 4) -> Terms:
    base = draw(rules())
    count = draw(st.integers(0, max_exceptions))
    exceptions: list[Rule] = []
    for _ in range(count):
        above = Terms(base=base, exceptions=tuple(exceptions)).lineage(len(exceptions))
        exceptions.append(draw(rules(parent=draw(st.sampled_from(above)))))
    policies = [Policy.NONE, Policy.DENY]
    if base.effect is Effect.DENY:
        policies.append(Policy.PERMIT)
    return Terms(base=base, exceptions=tuple(exceptions), policy=draw(st.sampled_from(policies)))


parties = st.builds(
    Party,
    address=st.none() | st.sampled_from(ADDRESSES),
    roles=st.frozensets(st.sampled_from(Role), max_size=2),
    references=st.frozensets(st.sampled_from(REFERENCES)),
    others=st.frozensets(st.sampled_from(REFERENCES)),
)
requests = st.builds(
    Request,
    action=st.sampled_from(Action),
    purpose=st.sampled_from(["TREAT", "HRESCH", "CLINTRCH", "BTG", "ETREAT"]),
    resource=st.builds(
        ResourceFacts,
        resource_class=st.sampled_from(["Observation", "Observation.laboratory", "Condition"]),
        sensitivities=st.frozensets(st.sampled_from(["SPI", "PSY", "HIV"])),
        confidentiality=st.sampled_from(Confidentiality),
        when=st.none() | periods,
    ),
    at=st.integers(NOW - 5 * DAY, NOW + 9 * DAY),
    recipient=parties,
    custodian=parties,
    author=parties,
    hops=mostly(0, st.integers(1, 3)),
    remunerated=mostly(False, st.just(True)),
)

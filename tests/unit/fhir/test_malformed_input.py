"""Whatever stands where something else should: a named error or an answer, never a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.campaigns import amount

from salus.demo.samples import bundle_bytes
from salus.errors import InputError
from salus.fhir import from_fhir, to_fhir
from salus.fhir.bundle import resources
from salus.fhir.strict_json import parse
from salus.fhir.validation import problems
from salus.terms import Actor, Effect, Period, Rule, Terms, from_json, to_json
from salus.terms.encoding import decode, encode
from salus.terms.vocabulary import Part

TERMS = Terms(
    base=Rule(
        effect=Effect.PERMIT,
        purposes=frozenset({"TREAT"}),
        classes=frozenset({"Observation.laboratory"}),
        sensitivities=frozenset({"PSY"}),
        actors=frozenset({Actor.address("0x" + "1" * 40), Actor.reference("a", Part.AUTHOR)}),
        validity=Period(start=0, end=9),
        redisclosure_depth=2,
        residual=bytes(32),
    ),
    exceptions=(Rule(effect=Effect.DENY, data_period=Period(end=5)),),
)
junk = st.sampled_from(
    [None, True, 0, -1, 1 << 70, "", "x", "\ud800", [], ["x"], {}, {"x": []}, [[]]]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return [
        place
        for key, child in pairs
        for place in [(*path, key), *(places(child, (*path, key)) if _holds(child) else [])]
    ]


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list)


def spoil(document: Any, draw: st.DataObject) -> Any:
    spoiled = deepcopy(document)
    for _ in range(draw.draw(st.integers(1, 3))):
        *path, last = draw.draw(st.sampled_from(places(spoiled)))
        node = spoiled
        for step in path:
            node = node[step]
        node[last] = deepcopy(draw.draw(junk))
    return spoiled


def read_bundle(document: Any) -> None:
    for each in resources(json.dumps(document).encode()):
        problems(each.content)


def check_bundle(document: Any) -> None:
    problems(document)


def read_consent(document: Any) -> None:
    from_fhir(json.dumps(document).encode())


def read_terms(document: Any) -> None:
    terms = from_json(document)
    assert decode(encode(terms)) == terms


BUNDLE = parse(bundle_bytes().replace(b"7.10", b"7").replace(b"5.60", b"5"))
CONSENT = to_fhir(
    TERMS, patient="Patient/1", at=0, now=0, custodian="Organization/1", own_id="c"
) | {
    "policy": [{"uri": "urn:x"}],
    "contained": [{"resourceType": "Patient", "id": "p"}],
}


@pytest.mark.parametrize(
    ("document", "read"),
    [
        (BUNDLE, read_bundle),
        (BUNDLE, check_bundle),
        (CONSENT, read_consent),
        (CONSENT, check_bundle),
        (to_json(TERMS), read_terms),
    ],
    ids=["bundle", "checks", "consent", "consent checks", "terms"],
)
@settings(max_examples=amount(150, sample=40))
@given(draw=st.data())
def test_spoiled_input_gets_a_named_error_or_an_answer(
    document: Any, read: Callable[[Any], None], draw: st.DataObject
) -> None:
    with suppress(InputError):
        read(spoil(document, draw))


@given(st.binary(max_size=80))
def test_random_bytes_are_no_terms_and_no_crash(data: bytes) -> None:
    for encoding in (data, encode(TERMS)[:40] + data):
        with suppress(InputError):
            assert encode(decode(encoding)) == encoding

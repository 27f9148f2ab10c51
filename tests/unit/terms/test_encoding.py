"""The binary and JSON forms of consent terms: one encoding a meaning, everything else refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.terms_strategies import terms as any_terms

from salus.primitives.roles import Role
from salus.terms import Actor, Effect, Period, Rule, Terms, from_json, terms_digest, to_json
from salus.terms.classes import CLASSES
from salus.terms.encoding import decode, encode
from salus.terms.errors import InvalidTerms, MalformedTerms, UnknownCode
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES, UNCLEAR
from salus.terms.vocabulary import ActorKind, Part, Policy

VECTORS = Path(__file__).parents[2] / "vectors" / "terms"
TERMINOLOGY = Path(__file__).parents[4] / "shared" / "data" / "hl7-terminology-r4"
DENY_ALL = Terms(base=Rule(effect=Effect.DENY))


def vectors() -> list[dict[str, Any]]:
    document: dict[str, list[dict[str, Any]]] = json.loads((VECTORS / "terms.json").read_text())
    return document["cases"]


@given(any_terms())
def test_decoding_gives_back_what_was_encoded(terms: Terms) -> None:
    assert decode(encode(terms)) == terms


@given(any_terms())
def test_json_gives_back_what_was_written(terms: Terms) -> None:
    assert from_json(json.loads(json.dumps(to_json(terms)))) == terms


@given(any_terms(), any_terms())
def test_different_terms_have_different_digests(one: Terms, other: Terms) -> None:
    assert (terms_digest(one) == terms_digest(other)) == (one == other)


@given(any_terms(), st.data())
def test_no_second_encoding_is_accepted(terms: Terms, data: st.DataObject) -> None:
    encoding = bytearray(encode(terms))
    position = data.draw(st.integers(0, len(encoding) - 1))
    encoding[position] ^= data.draw(st.integers(1, 255))
    try:
        changed = decode(bytes(encoding))
    except MalformedTerms:
        return
    assert encode(changed) == encoding
    assert changed != terms


@given(any_terms(max_exceptions=2), st.data())
def test_refuses_truncated_and_extended_encodings(terms: Terms, data: st.DataObject) -> None:
    encoding = encode(terms)
    with pytest.raises(MalformedTerms):
        decode(encoding[: data.draw(st.integers(0, len(encoding) - 1))])
    with pytest.raises(MalformedTerms, match="left over"):
        decode(encoding + b"\x00")


@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["name"])
def test_reproduces_the_committed_vectors(case: dict[str, Any]) -> None:
    terms = from_json(case["terms"])
    assert encode(terms).hex() == case["encoding"]
    assert terms_digest(terms).hex() == case["digest"]
    assert decode(bytes.fromhex(case["encoding"])) == terms


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("020001000000000000000000", "version 2"),
        ("010301000000000000000000", "Policy"),
        ("010000", "no base rule"),
        ("010001000000200000000000", "unknown action"),
        ("010001000000000700000000", "Confidentiality"),
        ("01000100000000000100000000", "not the canonical one"),
        ("0100010000000000084000000000000000000000", "bit beyond the 60 codes of PurposeOfUse"),
        ("010001000200000000000000", "belong to permits"),
        ("010001010000000000000000", "cannot be an exception"),
        ("010201000100000000000000", "permits what the permitting base"),
        ("0100010000000000000000010100", "0 is not a valid Role"),
        ("0100010000000000000000013201aa", "3 is not a valid Part"),
        ("010001000000000000000001020100", "printable"),
        ("01000100000000000000000101010c", "12 is not a valid Role"),
        ("0100010000000000000000010201ff", "utf-8"),
    ],
)
def test_refuses_what_is_not_canonical(changed: str, reason: str) -> None:
    with pytest.raises(MalformedTerms, match=reason):
        decode(bytes.fromhex(changed))


def test_refuses_actors_out_of_order_or_twice() -> None:
    pair = (Actor.role(Role.PAYER), Actor.role(Role.HOSPITAL))
    encoding = encode(Terms(base=Rule(effect=Effect.PERMIT, actors=frozenset(pair))))
    assert encoding.endswith(bytes.fromhex("02010103010107"))
    for actors in ("02010107010103", "02010103010103"):
        with pytest.raises(MalformedTerms, match="canonical"):
            decode(encoding[:-7] + bytes.fromhex(actors))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "version is not 1"),
        ({"colour": "red"}, "'colour' is unknown"),
        ({"policy": "maybe"}, "MAYBE"),
        ({"policy": None}, "AttributeError"),
        ({"rules": []}, "ValueError"),
        ({"rules": [{"effect": "deny", "colour": "red"}]}, "'colour' is unknown"),
        ({"rules": [{}]}, "effect"),
        ({"rules": [{"effect": "permit", "remuneration": "no"}]}, "true or false"),
        ({"rules": [{"effect": "permit", "redisclosureDepth": True}]}, "number"),
        ({"rules": [{"effect": "deny", "actions": ["sell"]}]}, "sell"),
        ({"rules": [{"effect": "deny", "validity": {}}]}, "needs a start or an end"),
        ({"rules": [{"effect": "deny", "validity": {"start": "2026-01-01"}}]}, "time zone"),
        ({"rules": [{"effect": "deny", "actors": [{"part": "recipient"}]}]}, "ValueError"),
    ],
)
def test_refuses_json_that_is_not_terms(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedTerms, match=reason):
        from_json(to_json(DENY_ALL) | change)


def test_names_the_unknown_code_and_its_table() -> None:
    with pytest.raises(UnknownCode, match="'SELL' is not a code of PurposeOfUse"):
        Rule(effect=Effect.PERMIT, purposes=frozenset({"SELL"}))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Period(), "needs a start or an end"),
        (lambda: Period(start=2, end=2), "ends before it starts"),
        (lambda: Period(end=1 << 40), "years 1 to 9999"),
        (lambda: Actor.address("0x12"), "40 hexadecimal digits"),
        (lambda: Actor(Part.AUTHOR, ActorKind.ROLE, "wizard"), "names a role"),
        (lambda: Actor.reference(""), "1 to 255 bytes"),
        (lambda: Actor.reference("é" * 128), "1 to 255 bytes"),
        (lambda: Rule(effect=Effect.PERMIT, redisclosure_depth=256), "0 and 255"),
        (lambda: Rule(effect=Effect.PERMIT, residual=b""), "32 bytes"),
        (lambda: Rule(effect=Effect.DENY, remuneration=True), "this rule denies"),
        (
            lambda: Rule(
                effect=Effect.DENY,
                actors=frozenset(Actor.reference(f"Group/{number}") for number in range(16)),
            ),
            "more than 15",
        ),
        (lambda: Terms(base=DENY_ALL.base, exceptions=(DENY_ALL.base,) * 16), "more than 15"),
        (
            lambda: Terms(base=DENY_ALL.base, exceptions=(Rule(effect=Effect.DENY, parent=1),)),
            "exception 1 must follow its parent",
        ),
        (
            lambda: Terms(base=Rule(effect=Effect.PERMIT), policy=Policy.PERMIT),
            "permitting base",
        ),
    ],
)
def test_says_what_cannot_be_expressed(make: Any, reason: str) -> None:
    with pytest.raises(InvalidTerms, match=reason):
        make()


def test_code_numbers_never_change() -> None:
    assert repr(PURPOSES) == "CodeTable(PurposeOfUse, 60 codes)"
    frozen = json.loads((VECTORS / "codes.json").read_text())
    for table in (PURPOSES, SENSITIVITIES, CLASSES):
        for code, bit in frozen[table.name].items():
            assert table.bit(code) == bit


@pytest.mark.skipif(not TERMINOLOGY.is_dir(), reason="HL7's code systems are not on this machine")
@pytest.mark.parametrize(
    ("table", "file", "top"),
    [
        (PURPOSES, "CodeSystem-v3-ActReason.json", "PurposeOfUse"),
        (SENSITIVITIES, "CodeSystem-v3-ActCode.json", "_InformationSensitivityPolicy"),
    ],
)
def test_every_code_of_hl7_has_a_bit_under_its_parent(table: Any, file: str, top: str) -> None:
    concepts = json.loads((TERMINOLOGY / file).read_text())["concept"]

    def all_below(nodes: list[Any], parents: tuple[str, ...]) -> list[tuple[str, ...]]:
        return [
            line
            for node in nodes
            for line in [
                (*parents, node["code"]),
                *all_below(node.get("concept", []), (*parents, node["code"])),
            ]
        ]

    below = [[*line[line.index(top) :]] for line in all_below(concepts, ()) if top in line]
    named = [line for line in below if not line[-1].startswith("_") or line == [top]]
    assert {line[0] for line in named} == {top}
    assert {line[-1] for line in named} == set(table.codes) - {UNCLEAR}
    for *parents, code in named:
        for parent in parents:
            assert parent.startswith("_") or table.covers(frozenset({parent}), code)


def test_the_example_to_write_by_hand_is_taken() -> None:
    page = (Path(__file__).parents[3] / "docs" / "terms.md").read_text()
    example = json.loads(page.partition("```json\n")[2].partition("```")[0])
    terms = from_json(example)
    assert (terms.base.effect, len(terms.exceptions)) == (Effect.PERMIT, 1)
    assert decode(encode(terms)) == terms


@pytest.mark.parametrize(
    ("document", "key"),
    [({}, "policy"), ({"version": 1, "policy": "none", "rules": [{}]}, "effect")],
)
def test_what_is_missing_is_named_and_where_the_form_is(document: dict[str, Any], key: str) -> None:
    with pytest.raises(MalformedTerms, match=f"the key '{key}' is missing; docs/terms.md#json"):
        from_json(document)

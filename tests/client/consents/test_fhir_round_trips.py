"""Whatever R4 Consent is imported comes back byte for byte; what is refused says where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.fhir_consents import PEOPLE, a_consent

from salus import Account, Salus, connect
from salus.consents.fhir_consents import FhirProposal
from salus.fhir.consent_status import with_status
from salus.fhir.errors import ConsentNotUsable

CLINIC = Account.create()
NUMBERS = ("1.50", "-0.0", "12500.00e-2", "1E+3", "0", "9007199254740993", "0.1000000000000000001")
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
POLICY = "http://example.org/policy"
SURROUNDINGS: dict[str, list[Any]] = {
    "id": ["a", "b-2.c"],
    "identifier": [[{"system": "urn:a", "value": "1"}], [{"value": "2", "type": {"text": "x"}}]],
    "status": ["draft", "proposed", "active"],
    "dateTime": ["2026", "2026-02-28", "2026-02-28T23:59:60.500+05:30"],
    "performer": [[{"reference": "Patient/1", "display": "Ä\u00a0B"}]],
    "organization": [[{"identifier": {"value": "7"}}, {"display": "y"}]],
    "sourceAttachment": [{"title": "form", "data": "AAAA", "size": 3}],
    "sourceReference": [{"reference": "DocumentReference/1"}],
    "policy": [[{"uri": POLICY}], [{"authority": "urn:b", "uri": "urn:unknown"}]],
    "verification": [[{"verified": True}], [{"verified": False}]],
    "language": ["en", "is"],
    "meta": [{"versionId": "3", "lastUpdated": "2026-01-01T00:00:00.123Z"}],
    "text": [{"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">é</div>'}],
    "modifierExtension": [[{"url": "urn:m", "valueBoolean": True}]],
}


@pytest.fixture(scope="module")
def me() -> Iterator[Salus]:
    with connect("tester", storage="memory://fhir-round-trips") as client:
        for name in PEOPLE:
            client.consents.actors.state(CLINIC, name)
        yield client


@st.composite
def consents(draw: st.DrawFn) -> bytes:
    """A Consent with parts of all kinds, written in a form that only its own bytes keep."""
    document = a_consent(Random(draw(st.integers(0, 1 << 32))), loose=draw(st.booleans()))
    document.setdefault("policyRule", {"coding": [{"system": "urn:none", "code": "x"}]})
    chosen = draw(st.lists(st.sampled_from(sorted(SURROUNDINGS)), unique=True, max_size=6))
    if "sourceAttachment" in chosen and "sourceReference" in chosen:
        chosen.remove("sourceReference")
    document |= {name: draw(st.sampled_from(SURROUNDINGS[name])) for name in chosen}
    document["extension"] = [{"url": "urn:x", "valueDecimal": "@"}]
    for name in draw(st.lists(WORDS, max_size=2)):
        document[f"x-{name}"] = {"deep": ["@", None, draw(WORDS)]}
    members = draw(st.permutations(sorted(document)))
    text = json.dumps(
        {name: document[name] for name in members},
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (" ,", " : ")])),
    )
    while '"@"' in text:
        text = text.replace('"@"', draw(st.sampled_from(NUMBERS)), 1)
    mark, space = draw(st.sampled_from(["", "\ufeff"])), draw(st.sampled_from(["", " ", "\n"]))
    return f"{mark}{space}{text}\n".encode()


def tried(me: Salus, data: bytes) -> FhirProposal | ConsentNotUsable:
    try:
        return me.consents.fhir.propose(data, CLINIC, patient=me, policies=[POLICY], residual=True)
    except ConsentNotUsable as refused:
        return refused


@given(consents())
def test_what_is_imported_comes_back_and_what_is_not_says_where(me: Salus, data: bytes) -> None:
    proposal = tried(me, data)
    if isinstance(proposal, ConsentNotUsable):
        assert proposal.problems
        assert all(path.startswith("Consent.") for path, _ in proposal.problems)
        return
    known = me.consents.fhir.sign(proposal, by=me.account).consent.id
    assert me.consents.fhir.source(known) == data
    written = me.consents.fhir.export(known)
    assert written.status == "active"
    assert written.data == with_status(data, "active")
    me.consents.revoke(me, known)
    assert me.consents.fhir.export(known).data == with_status(data, "inactive")


@given(consents(), st.sampled_from(["draft", "active", "inactive"]))
def test_a_status_that_is_put_back_gives_the_same_bytes(data: bytes, status: str) -> None:
    own = json.loads(data.decode("utf-8-sig"))["status"]
    there = with_status(data, status)
    assert json.loads(there.decode("utf-8-sig"))["status"] == status
    assert with_status(there, own) == data

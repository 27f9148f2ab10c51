"""What no reader takes is not made, and what is made has one encoding."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import deposit_key
from salus.primitives.errors import MalformedDocument
from salus.records.facts import facts_in
from salus.terms import period
from salus.vault.documents import facts as facts_of_records
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.parcels import GivenKey, Parcel
from salus.vault.errors import MalformedKeyDocument, MalformedMessage, MalformedParcel
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.letters.letters import Letter
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.errors import InvalidValue
from salus_verify.place import LAST_SECOND

KEY = GivenKey("record", b"t" * 16, b"s" * 64)
FACTS = RecordFacts(resource_class="Observation", start=5, end=9)


def test_a_card_names_as_many_custodians_as_are_needed_each_once(
    hospital: Person, clinician: Person
) -> None:
    keepers = (hospital, clinician)
    key = deposit_key(
        PATIENT,
        [each.keys.document for each in keepers],
        needed=2,
        issuer=hospital.identity,
        chain_id=CHAIN,
        created_at=NOW,
    ).document
    names = tuple(each.identity for each in keepers)
    card = EmergencyCard(CHAIN, PATIENT, hospital.identity, key, "memory://x", 2, names)
    assert EmergencyCard.parse(card.to_bytes()) == card
    wrong: list[dict[str, Any]] = [
        {"needed": 1},
        {"needed": 3},
        {"custodians": ()},
        {"custodians": names[:1] * 2},
        {"inbox": ""},
        {"inbox": "memory://" + "x" * 2048},
    ]
    for change in wrong:
        with pytest.raises(InvalidValue):
            replace(card, **change)
        said = {name: list(v) if isinstance(v, tuple) else v for name, v in change.items()}
        said = json.loads(json.dumps(said).replace(names[0], names[0].lower()))
        with pytest.raises(MalformedMessage):
            EmergencyCard.parse(canonical({**json.loads(card.to_bytes()), **said}))


def test_a_parcel_gives_a_key_once() -> None:
    with pytest.raises(InvalidValue, match="each there once"):
        Parcel((KEY, replace(KEY, secret=b"y" * 64)), (), "c")
    said = json.loads(Parcel((KEY,), (), "c").to_bytes())
    with pytest.raises(MalformedParcel, match="each there once"):
        Parcel.parse(canonical({**said, "keys": said["keys"] * 2}))


@pytest.mark.parametrize(
    "change",
    [
        {"start": 9, "end": 1},
        {"start": 9},
        {"end": 2**53 - 1},
        {"start": -(2**53) + 1},
        {"confidentiality": ""},
        {"resourceClass": ""},
    ],
    ids=str,
)
def test_facts_lie_in_a_calendar_and_end_after_they_start(change: dict[str, Any]) -> None:
    fields = {"resource_class" if n == "resourceClass" else n: v for n, v in change.items()}
    with pytest.raises(InvalidValue):
        replace(FACTS, **fields)
    with pytest.raises(MalformedDocument):
        RecordFacts.parse(canonical({**FACTS.to_json(), **change}))


def test_facts_know_the_calendar_that_terms_know() -> None:
    ours = (facts_of_records.EARLIEST, facts_of_records.LATEST)
    assert ours == (period.EARLIEST, period.LATEST)


@pytest.mark.parametrize(
    "change",
    [
        {"id": b"short"},
        {"kind": "No word"},
        {"recipient": "0x00"},
        {"chain_id": 0},
        {"sent_at": LAST_SECOND + 1},
    ],
    ids=str,
)
def test_a_letter_that_no_reader_takes_is_not_made(change: dict[str, Any]) -> None:
    letter = Letter("terms", PATIENT, hex0x(bytes(32)), CHAIN, NOW, b"body")
    assert Letter.parse(letter.to_bytes()) == letter
    with pytest.raises(InvalidValue):
        replace(letter, **change)


def test_a_letter_of_no_year_is_refused() -> None:
    said = json.loads(Letter("terms", PATIENT, hex0x(bytes(32)), CHAIN, NOW, b"").to_bytes())
    with pytest.raises(MalformedMessage, match="9999"):
        Letter.parse(canonical({**said, "sentAt": LAST_SECOND + 1}))


@pytest.mark.parametrize("part", ["all", "mlkem", "x25519"])
def test_zeros_are_no_key(hospital: Person, part: str) -> None:
    key = hospital.keys.document.public_key
    wrong = {
        "all": bytes(1216),
        "mlkem": bytes(1184) + key[1184:],
        "x25519": key[:1184] + bytes(32),
    }[part]
    with pytest.raises(InvalidValue, match="must be a key"):
        KeyDocument(PATIENT, wrong, NOW)
    said = json.loads(hospital.keys.document.to_bytes())
    with pytest.raises(MalformedKeyDocument, match="must be a key"):
        KeyDocument.parse(canonical({**said, "publicKey": base64url(wrong)}), digest=None)


def test_a_fhir_record_whose_period_is_reversed_has_facts_that_are_taken() -> None:
    reversed_period = {"start": "2026-05-01", "end": "2020-01-01"}
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "period": reversed_period,
    }
    for each in facts_in(json.dumps(visit).encode()):
        when = (each.when.start, each.when.end) if each.when else (None, None)
        assert RecordFacts(resource_class="Encounter", start=when[0], end=when[1]).when == when

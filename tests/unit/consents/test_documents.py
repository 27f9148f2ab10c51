"""Consent documents: what was written is read back, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.consents.documents import BatchedConsent, Consent, SignedConsent, read_consent
from salus.errors import InputError
from salus.terms import Effect, Rule, Terms
from salus_verify.log import Checkpoint

CONSENT = Consent(
    patient="0x" + "12" * 20,
    grantee="0x" + "34" * 20,
    terms=Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}))),
    salt=b"\xaa" * 32,
    epoch=bytes(32),
)
SIGNED = SignedConsent(CONSENT, 1_900_000_000, b"\x12" * 20, b"\x01" * 65)
BATCHED = BatchedConsent(
    CONSENT,
    Inclusion(
        CONSENT.id,
        1,
        (b"\x05" * 32, b"\x06" * 32),
        AnchoredCheckpoint(
            CONSENT.patient, b"\x07" * 32, Checkpoint(bytes(32), b"\x08" * 32, 3), 12
        ),
    ),
)


def changed(document: str, **members: Any) -> str:
    return json.dumps({**json.loads(document), **members})


@pytest.mark.parametrize("consent", [SIGNED, BATCHED])
def test_reads_back_what_it_wrote(consent: SignedConsent | BatchedConsent) -> None:
    assert read_consent(consent.to_json()) == consent
    assert read_consent(consent.to_json().encode()) == consent


def test_tells_the_two_kinds_apart() -> None:
    with pytest.raises(InputError, match="anchored, not signed"):
        SignedConsent.from_json(BATCHED.to_json())
    assert SignedConsent.from_json(SIGNED.to_json()) == SIGNED


@pytest.mark.parametrize("document", [SIGNED.to_json(), BATCHED.to_json()])
def test_refuses_a_document_without_one_of_its_members_or_with_one_more(document: str) -> None:
    members = json.loads(document)
    for name in members:
        less = {key: value for key, value in members.items() if key != name}
        with pytest.raises(InputError):
            read_consent(json.dumps(less))
    with pytest.raises(InputError, match="not a field"):
        read_consent(changed(document, note="x"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"patient": "0x12"},
        {"patient": 7},
        {"grantee": "nobody"},
        {"salt": "0x" + "aa" * 31},
        {"salt": "0x" + "AA" * 32},
        {"salt": "0x" + "aa " * 32},
        {"salt": "aa" * 32},
        {"epoch": None},
        {"terms": "0x00"},
        {"terms": "0xzz"},
        {"deadline": -1},
        {"deadline": True},
        {"deadline": 1.5},
        {"deadline": 2**53},
        {"signer": ""},
        {"signature": ["00"]},
        {"version": 1},
        {"type": "salus/consent"},
        {"type": "salus/consent/v2"},
        {"type": "salus/revocation/v1"},
        {"type": 1},
    ],
)
def test_refuses_a_member_of_another_form(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_consent(changed(SIGNED.to_json(), **wrong))


@pytest.mark.parametrize(
    "wrong", [{"path": "x"}, {"path": ["0x00"]}, {"path": ["0x" + "00" * 32] * 65}, {"size": -1}]
)
def test_refuses_a_proof_of_another_form(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_consent(changed(BATCHED.to_json(), **wrong))


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "null",
        b"\xff\xfe",
        '{"type":"salus/consent/v1","type":"salus/consent/v1"}',
        pytest.param("[" * 100_000, id="deep"),
        pytest.param(" " * (1 << 19), id="long"),
    ],
)
def test_refuses_what_is_no_document(document: str | bytes) -> None:
    with pytest.raises(InputError):
        read_consent(document)


def test_says_which_version_it_met() -> None:
    with pytest.raises(InputError, match="consent/v9', this release reads 'salus/consent/v1'"):
        read_consent(changed(SIGNED.to_json(), type="salus/consent/v9"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_never_end_otherwise(document: bytes) -> None:
    with pytest.raises(InputError):
        read_consent(document)


def test_hides_salt_and_signature_from_its_repr() -> None:
    shown = repr(SIGNED)
    assert repr(CONSENT.salt) not in shown
    assert repr(SIGNED.signature) not in shown


def test_every_part_of_a_consent_is_in_its_id() -> None:
    other = Terms(base=Rule(effect=Effect.DENY))
    variants = {
        CONSENT.id,
        Consent("0x" + "13" * 20, CONSENT.grantee, CONSENT.terms, CONSENT.salt, CONSENT.epoch).id,
        Consent(CONSENT.patient, "0x" + "13" * 20, CONSENT.terms, CONSENT.salt, CONSENT.epoch).id,
        Consent(CONSENT.patient, CONSENT.grantee, other, CONSENT.salt, CONSENT.epoch).id,
        Consent(CONSENT.patient, CONSENT.grantee, CONSENT.terms, bytes(32), CONSENT.epoch).id,
        Consent(CONSENT.patient, CONSENT.grantee, CONSENT.terms, CONSENT.salt, b"\x01" * 32).id,
    }
    assert len(variants) == 6

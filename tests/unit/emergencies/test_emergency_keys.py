"""Emergency keys in shares: documents, what they are bound to, and garbage."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person, make_person, verify

from salus.emergencies.emergency_keys import (
    Deposit,
    SplitEmergencyKey,
    deposit_key,
    emergency_identity,
    restore_key,
)
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.primitives.errors import InvalidArgument, MalformedDocument
from salus.vault.crypto import hpke
from salus.vault.errors import ForgedSignature, MalformedMessage, SharesRefused, WrongRecipient
from salus_verify.encoding import base64url, canonical
from salus_verify.errors import InvalidValue

KEEPERS = [make_person(number) for number in (11, 12, 13)]


@pytest.fixture(scope="module")
def made() -> SplitEmergencyKey:
    return deposit_key(
        PATIENT,
        [keeper.keys.document for keeper in KEEPERS],
        needed=2,
        issuer=make_person(1).identity,
        chain_id=CHAIN,
        created_at=NOW,
    )


@pytest.fixture
def request_(made: SplitEmergencyKey, clinician: Person) -> ReleaseRequest:
    return ReleaseRequest(
        chain_id=CHAIN,
        patient=PATIENT,
        clinician=clinician.keys.identity,
        window=bytes(32),
        key=made.document.id,
        document=clinician.keys.document,
    )


def test_two_of_three_custodians_give_the_key_back(made: SplitEmergencyKey) -> None:
    words = [d.open(k.keys) for d, k in zip(made.deposits, KEEPERS, strict=True)]
    assert restore_key(made.document, words[:2]).document == made.document
    with pytest.raises(SharesRefused):
        restore_key(made.document, words[:1])
    with pytest.raises(SharesRefused, match="another key"):
        restore_key(KEEPERS[0].keys.document, words)


def test_a_deposit_opens_for_its_custodian_and_only_as_it_was_made(
    made: SplitEmergencyKey,
) -> None:
    deposit = Deposit.parse(made.deposits[0].to_bytes())
    assert deposit == made.deposits[0]
    with pytest.raises(WrongRecipient):
        deposit.open(KEEPERS[1].keys)
    for changed in (
        replace(deposit, patient="0x" + "00" * 20),
        replace(deposit, chain_id=1),
        replace(deposit, key="0x" + "00" * 32),
    ):
        with pytest.raises(WrongRecipient):
            changed.open(KEEPERS[0].keys)


@pytest.mark.parametrize("content", ["acid\u00e9mie".encode("latin-1"), "acidémie".encode()])
def test_a_deposit_of_what_is_no_share_is_refused_by_name(
    made: SplitEmergencyKey, content: bytes
) -> None:
    keeper, deposit = KEEPERS[0].keys, made.deposits[0]
    bound = {key: each for key, each in json.loads(deposit.to_bytes()).items() if key != "sealed"}
    sealed = hpke.seal(keeper.document.public_key, info=canonical(bound), plaintext=content)
    with pytest.raises(MalformedMessage, match="not a share"):
        replace(deposit, sealed=sealed).open(keeper)


def test_refuses_one_custodian_named_twice_and_one_alone() -> None:
    document = KEEPERS[0].keys.document
    for custodians, needed in (([document, document], 2), ([document], 1)):
        with pytest.raises(InvalidArgument):
            deposit_key(
                PATIENT, custodians, needed=needed, issuer=PATIENT, chain_id=1, created_at=0
            )


def test_each_patient_and_issuer_has_an_emergency_reader_of_its_own() -> None:
    one, two = "0x" + "aa" * 20, "0x" + "bb" * 20
    names = {emergency_identity(*pair) for pair in ((one, two), (two, one), (one, one))}
    assert len(names) == 3
    assert emergency_identity(one.upper().replace("X", "x"), two) in names


def test_a_request_needs_both_signatures_over_the_same_digest(
    request_: ReleaseRequest, clinician: Person, hospital: Person, stranger: Person
) -> None:
    asked = request_.sign(clinician)
    both = SignedRequest.parse(asked.countersign(hospital).to_bytes())
    both.check(verify)
    assert SignedRequest.parse(asked.to_bytes()) == asked
    other = replace(request_, window=b"\1" * 32)
    for wrong in (
        asked,
        request_.sign(stranger).countersign(hospital),
        replace(both, hospital=stranger.identity),
        replace(both, request=other),
        # A clinician's signature is no countersignature, although the digest is the same.
        replace(both, hospital=clinician.keys.identity, countersigned=asked.signed),
    ):
        with pytest.raises(ForgedSignature):
            wrong.check(verify)


def test_a_released_share_opens_for_who_asked(
    request_: ReleaseRequest, clinician: Person, stranger: Person
) -> None:
    share = ReleasedShare.seal("academic acid", request_, custodian=KEEPERS[0].identity)
    assert ReleasedShare.parse(share.to_bytes()).open(clinician.keys) == "academic acid"
    assert "academic" not in repr(share)
    for wrong, keys in (
        (share, stranger.keys),
        (replace(share, request=bytes(32)), clinician.keys),
        (replace(share, custodian="0x" + "00" * 20), clinician.keys),
    ):
        with pytest.raises(WrongRecipient):
            wrong.open(keys)


def test_refuses_a_request_with_somebody_elses_key(
    request_: ReleaseRequest, stranger: Person
) -> None:
    foreign = stranger.keys.document
    with pytest.raises(InvalidValue, match="not the clinician's"):
        replace(request_, document=foreign)
    written = json.loads(request_.to_bytes()) | {"document": base64url(foreign.to_bytes())}
    with pytest.raises(MalformedDocument, match="not the clinician's"):
        ReleaseRequest.parse(canonical(written))


@given(data=st.binary(max_size=200))
def test_any_garbage_is_refused_by_name(data: bytes) -> None:
    for kind in (Deposit, ReleaseRequest, SignedRequest, ReleasedShare):
        with pytest.raises(MalformedDocument):
            kind.parse(data)

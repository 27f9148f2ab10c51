"""Signed revocations: carried by anybody, honoured at sight, and refused when they are not real."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, PasskeySigner, development_account
from salus.consents.errors import ConsentNotInForce, RevocationNotValid
from salus.consents.revocations import SignedRevocation
from salus.contracts.consents.errors import ConsentAlreadyRevoked
from salus.contracts.signed_acts import NotController, SignatureInvalid
from salus.errors import InputError
from salus.identities import add_delegate
from salus.primitives.address import Address
from salus.terms import Terms
from salus.testing import advance, local_salus

CONSENT_ID = b"\xc5" * 32


@pytest.fixture
def signed(hospital: Salus, patient: Account) -> SignedRevocation:
    return hospital.consents.revocations.sign(patient.identity, CONSENT_ID, by=patient)


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


# The document ------------------------------------------------------------------------------------


def test_reads_back_what_it_wrote(signed: SignedRevocation) -> None:
    assert SignedRevocation.from_json(signed.to_json()) == signed
    assert SignedRevocation.from_json(signed.to_json().encode()) == signed
    assert signed.signature.hex() not in repr(signed)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "salus/consent/v1"},
        {"type": "salus/revocation/v2"},
        {"version": 1},
        {"chainId": "1"},
        {"patient": "0x12"},
        {"patient": 5},
        {"consent": "0xc5"},
        {"consent": "c5" * 32},
        {"deadline": -1},
        {"signer": "12"},
        {"signature": None},
        {"more": 1},
    ],
)
def test_refuses_another_form(signed: SignedRevocation, members: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        SignedRevocation.from_json(json.dumps({**json.loads(signed.to_json()), **members}))


@pytest.mark.parametrize("document", ["", "[]", "7", "{}", '{"type":1,"type":2}', "x" * 300_000])
def test_refuses_what_is_no_document(document: str) -> None:
    with pytest.raises(InputError, match="malformed signed revocation"):
        SignedRevocation.from_json(document)


def test_refuses_to_sign_an_id_or_a_time_that_is_none(hospital: Salus, patient: Account) -> None:
    with pytest.raises(InputError, match="32 bytes"):
        hospital.consents.revocations.sign(patient.identity, b"short", by=patient)
    with pytest.raises(InputError, match="before 1970"):
        hospital.consents.revocations.sign(patient.identity, CONSENT_ID, by=patient, deadline=-1)


# Submitting --------------------------------------------------------------------------------------


def test_anybody_submits_it_and_it_ends_the_consent(
    hospital: Salus, stranger: Salus, patient: Account, treatment: Terms
) -> None:
    consent = hospital.consents.propose(patient.identity, hospital.account.identity, treatment)
    hospital.consents.grant(consent, by=patient)
    signed = hospital.consents.revocations.sign(patient.identity, consent.id, by=patient)

    stranger.consents.revocations.submit(SignedRevocation.from_json(signed.to_json()))

    with pytest.raises(ConsentNotInForce, match="revoked it"):
        hospital.consents.checks.require(consent)
    with pytest.raises(ConsentAlreadyRevoked):
        stranger.consents.revocations.submit(signed)


def test_the_contract_refuses_a_forged_one(
    stranger: Salus, hospital: Salus, patient: Account, signed: SignedRevocation
) -> None:
    with pytest.raises(SignatureInvalid):
        stranger.consents.revocations.submit(replace(signed, consent_id=b"\x01" * 32))
    own = stranger.consents.revocations.sign(patient.identity, CONSENT_ID, by=stranger.account)
    with pytest.raises(NotController):
        stranger.consents.revocations.submit(own)


def test_another_chain_s_is_not_sent(stranger: Salus, signed: SignedRevocation) -> None:
    before = stranger.chain.block().number
    with pytest.raises(RevocationNotValid, match="it is of chain 1,"):
        stranger.consents.revocations.submit(replace(signed, chain_id=1))
    assert stranger.chain.block().number == before


# Checking ----------------------------------------------------------------------------------------


def test_a_passkey_s_revocation_counts(hospital: Salus, passkey: PasskeySigner) -> None:
    signed = hospital.consents.revocations.sign(passkey.identity, CONSENT_ID, by=passkey)
    hospital.consents.revocations.check(signed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"consent_id": b"\x01" * 32}, "not over these values"),
        ({"deadline": 1 << 40}, "not over these values"),
        ({"deadline": 1}, "lapsed"),
        ({"chain_id": 1}, "chain 1"),
        ({"patient": "0x" + "77" * 20}, "not over these values"),
        ({"signer": b"\x77" * 20}, "does not stand for|does not control"),
        ({"signer": b"\x77"}, "name no signer"),
    ],
)
def test_a_changed_revocation_does_not_count(
    hospital: Salus, signed: SignedRevocation, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(RevocationNotValid, match=said) as refused:
        hospital.consents.revocations.check(replace(signed, **change))
    assert refused.value.exit_code == 6


def test_a_signature_for_another_chain_does_not_count(patient: Account, hospital: Salus) -> None:
    """Also not when its label is changed to this chain's."""
    other = local_salus()
    other.chain.chain_id += 1
    other.chain.sender.chain_id += 1
    signed = other.consents.revocations.sign(patient.identity, CONSENT_ID, by=patient)
    relabelled = replace(signed, chain_id=hospital.chain.chain_id)
    with pytest.raises(RevocationNotValid, match="not over these values"):
        hospital.consents.revocations.check(relabelled)


def test_it_counts_while_who_signed_is_in_control_and_on_chain_for_ever(
    hospital: Salus, newcomer: Callable[[], Salus]
) -> None:
    client, heir = newcomer(), Account.create()
    me = client.account.identity
    late = client.consents.revocations.sign(me, b"\x02" * 32, by=client.account)
    sent = client.consents.revocations.sign(me, CONSENT_ID, by=client.account)
    hospital.consents.revocations.submit(sent)
    client.identities.control.rotate(me, heir.identity)

    with pytest.raises(RevocationNotValid, match="does not control"):
        hospital.consents.revocations.check(late)
    hospital.consents.revocations.check(sent)


def test_a_delegate_for_revoking_revokes_while_the_delegation_lasts(
    hospital: Salus, newcomer: Callable[[], Salus]
) -> None:
    client, carer = newcomer(), Account.create()
    me = client.account.identity
    signed = hospital.consents.revocations.sign(me, CONSENT_ID, by=carer)
    with pytest.raises(RevocationNotValid, match="does not control"):
        hospital.consents.revocations.check(signed)
    client.identities.changes.apply(
        me, [add_delegate(carer.identity, "consent/revoke", lasting=3600)]
    )
    hospital.consents.revocations.check(signed)
    hospital.consents.revocations.submit(signed)


def test_it_lapses_with_its_deadline(patient: Account) -> None:
    """On a chain of its own: time passes."""
    salus = local_salus()
    signed = salus.consents.revocations.sign(patient.identity, CONSENT_ID, by=patient)
    advance(salus.chain, 91 * 24 * 3600)
    with pytest.raises(RevocationNotValid, match="lapsed"):
        salus.consents.revocations.check(signed)


# Custodians --------------------------------------------------------------------------------------


def test_a_custodian_honours_it_at_once_and_sends_nothing(exchange: Exchange) -> None:
    exchange.add(b"note")
    consent, custodian = exchange.consent(), exchange.custodian
    custodian.records.share(consent, purpose="TREAT")
    whose, which = exchange.patient.identity, consent.consent.id
    signed = custodian.consents.revocations.sign(whose, which, by=exchange.patient)
    before = custodian.chain.block().number

    done = custodian.records.revoke(signed)

    assert (done.shared_keys, len(done.rotated)) == (1, 1)
    assert custodian.records.revoke(signed).shared_keys == 0
    with pytest.raises(ConsentNotInForce, match="honoured here"):
        custodian.records.share(consent, purpose="TREAT")
    assert custodian.chain.block().number == before
    assert custodian.consents.checks.require(consent).strength == "signed", "not on chain yet"


def test_a_grantee_who_was_shown_it_opens_nothing_more(exchange: Exchange) -> None:
    exchange.add(b"note")
    consent, grantee = exchange.consent(), exchange.grantee
    exchange.custodian.records.share(consent, purpose="TREAT")
    (manifest,) = grantee.records.collect().manifests
    assert grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"

    signed = grantee.consents.revocations.sign(
        exchange.patient.identity, consent.consent.id, by=exchange.patient
    )
    grantee.records.revoke(signed)
    with pytest.raises(ConsentNotInForce, match="honoured here"):
        grantee.records.open(manifest, under=consent, purpose="TREAT")


def test_a_stranger_ends_no_consent_of_somebody_else_by_its_id(exchange: Exchange) -> None:
    exchange.add(b"note")
    consent, custodian, stranger = exchange.consent(), exchange.custodian, Account.create()
    which = consent.consent.id
    own = custodian.consents.revocations.sign(stranger.identity, which, by=stranger)
    custodian.records.revoke(own)  # before anything was given: it ends one of the stranger's own

    assert custodian.records.share(consent, purpose="TREAT")
    with pytest.raises(RevocationNotValid, match="another patient"):
        custodian.records.revoke(own)
    forged = replace(own, patient=exchange.patient.identity)
    with pytest.raises(RevocationNotValid, match="not over these values"):
        custodian.records.revoke(forged)
    assert custodian.records.share(consent, purpose="TREAT")


def test_a_stranger_ends_no_reading_by_the_id_of_somebody_else_s_consent(
    exchange: Exchange,
) -> None:
    exchange.add(b"note")
    consent, grantee, stranger = exchange.consent(), exchange.grantee, Account.create()
    exchange.custodian.records.share(consent, purpose="TREAT")
    (manifest,) = grantee.records.collect().manifests

    which = consent.consent.id
    own = grantee.consents.revocations.sign(stranger.identity, which, by=stranger)
    assert grantee.records.revoke(own).shared_keys == 0

    assert grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"
    assert len(grantee.records.collect().manifests) == 1


def test_what_is_revoked_while_the_reader_is_looked_up_is_not_given(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.add(b"note")
    consent, records = exchange.consent(), exchange.custodian.records
    whose, which = exchange.patient.identity, consent.consent.id
    signed = exchange.custodian.consents.revocations.sign(whose, which, by=exchange.patient)
    look_up = exchange.custodian.mail.directory.find

    def slowly(who: Address) -> Any:
        records.revoke(signed)
        return look_up(who)

    monkeypatch.setattr(exchange.custodian.mail.directory, "find", slowly)
    with pytest.raises(ConsentNotInForce, match="honoured here"):
        records.share(consent, purpose="TREAT")
    assert exchange.custodian.vault.grants.given() == {}
    assert exchange.grantee.records.collect().manifests == ()

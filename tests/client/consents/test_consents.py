"""Consents in three strengths: signed, registered, batched; and how they end."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from salus import Salus
from salus.chain import Account, PasskeySigner
from salus.consents.checks import Strength
from salus.consents.errors import ConsentNotInForce
from salus.contracts.consents.errors import (
    ConsentAlreadyGranted,
    ConsentAlreadyRevoked,
    ConsentEpochMoved,
)
from salus.contracts.consents.events import ConsentGranted
from salus.contracts.signed_acts import NotController, SignatureExpired, SignatureInvalid
from salus.errors import InputError
from salus.identities import add_delegate
from salus.terms import Terms
from salus.testing import advance

GRANTEE = "0x" + "51" * 20


def test_a_signature_alone_makes_a_consent(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    signed = hospital.consents.sign(consent, by=patient)

    standing = hospital.consents.checks.require(signed)

    assert (standing.consent, standing.strength) == (consent, Strength.SIGNED)
    assert standing.block_number == hospital.chain.block().number
    assert hospital.consents.checks.status(patient.identity, consent.id).granted_at == 0


def test_grants_directly(newcomer: Callable[[], Salus], treatment: Terms) -> None:
    client = newcomer()
    consent = client.consents.propose(client.account.identity, GRANTEE, treatment)

    transaction = client.consents.grant(consent)

    (event,) = transaction.events
    assert isinstance(event, ConsentGranted)
    assert (event.patient, event.consent_id) == (client.account.identity, consent.id)
    assert client.consents.checks.require(consent).strength is Strength.REGISTERED
    with pytest.raises(ConsentAlreadyGranted):
        client.consents.grant(consent)


def test_an_id_that_is_cut_short_revokes_nothing_and_says_so(
    newcomer: Callable[[], Salus], hospital: Salus, patient: Account, treatment: Terms
) -> None:
    client = newcomer()
    consent = client.consents.propose(client.account.identity, GRANTEE, treatment)
    client.consents.grant(consent)
    with pytest.raises(InputError, match="32 bytes"):
        client.consents.revoke(client.account.identity, consent.id[:31])
    with pytest.raises(InputError, match="32 bytes"):
        hospital.consents.revoke(patient.identity, consent.id[:31], by=patient)
    assert client.consents.checks.status(client.account.identity, consent.id).active


def test_a_passkey_grants_and_revokes_and_the_hospital_pays(
    hospital: Salus, passkey: PasskeySigner, treatment: Terms
) -> None:
    consent = hospital.consents.propose(passkey.identity, GRANTEE, treatment)
    hospital.consents.grant(consent, by=passkey)
    assert hospital.consents.checks.require(consent).strength is Strength.REGISTERED

    hospital.consents.revoke(passkey.identity, consent.id, by=passkey)
    with pytest.raises(ConsentNotInForce, match="revoked it"):
        hospital.consents.checks.require(consent)


def test_whoever_holds_a_signed_consent_registers_it(
    hospital: Salus, stranger: Salus, patient: Account, treatment: Terms
) -> None:
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    stranger.consents.register(hospital.consents.sign(consent, by=patient))
    assert hospital.consents.checks.status(patient.identity, consent.id).active


def test_refuses_to_register_what_lapsed_or_was_changed(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    from dataclasses import replace

    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    past = hospital.consents.sign(consent, by=patient, deadline=hospital.chain.now() - 1)
    with pytest.raises(SignatureExpired):
        hospital.consents.register(past)
    signed = hospital.consents.sign(consent, by=patient)
    with pytest.raises(SignatureInvalid):
        hospital.consents.register(replace(signed, consent=replace(consent, salt=bytes(32))))


def test_refuses_a_grant_by_somebody_else(
    stranger: Salus, patient: Account, treatment: Terms
) -> None:
    consent = stranger.consents.propose(patient.identity, GRANTEE, treatment)
    with pytest.raises(NotController):
        stranger.consents.grant(consent)
    with pytest.raises(NotController):
        stranger.consents.grant(consent, by=stranger.account)


def test_a_carer_grants_and_revokes_within_its_delegation(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    carer = Account.create()
    changes = [add_delegate(carer.identity, "consent/grant", lasting=600)]
    hospital.identities.changes.apply(patient.identity, changes, by=patient)
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)

    hospital.consents.grant(consent, by=carer)

    assert hospital.consents.checks.require(consent).strength is Strength.REGISTERED
    with pytest.raises(NotController):
        hospital.consents.revoke(patient.identity, consent.id, by=carer)
    advance(hospital.chain, 601)
    again = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    with pytest.raises(NotController):
        hospital.consents.grant(again, by=carer)


def test_a_registered_consent_survives_a_rotation_and_a_signed_one_does_not(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    signed, registered = (
        hospital.consents.sign(
            hospital.consents.propose(patient.identity, GRANTEE, treatment), by=patient
        )
        for _ in range(2)
    )
    hospital.consents.register(registered)
    hospital.identities.control.rotate(patient.identity, Account.create().identity, by=patient)

    assert hospital.consents.checks.require(registered).strength is Strength.REGISTERED
    with pytest.raises(ConsentNotInForce, match="does not control"):
        hospital.consents.checks.require(signed)


def test_batches_many_under_one_root(hospital: Salus, patient: Account, treatment: Terms) -> None:
    propose = hospital.consents.propose
    grantees = [Account.create().identity for _ in range(5)]
    consents = [propose(patient.identity, grantee, treatment) for grantee in grantees]

    before = hospital.chain.block().number
    batch = hospital.consents.batches.grant(consents, by=patient)

    assert hospital.chain.block().number == before + 1
    assert [each.consent for each in batch] == consents
    for each in batch:
        assert hospital.consents.checks.require(each).strength is Strength.BATCHED
    with pytest.raises(ConsentNotInForce, match="not registered"):
        hospital.consents.checks.require(consents[0])


def test_a_patient_with_coin_batches_alone(newcomer: Callable[[], Salus], treatment: Terms) -> None:
    client = newcomer()
    consent = client.consents.propose(client.account.identity, GRANTEE, treatment)
    (batched,) = client.consents.batches.grant([consent])
    assert client.consents.checks.require(batched).strength is Strength.BATCHED


def test_a_batch_is_of_one_patient_and_one_epoch(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    propose = hospital.consents.propose
    mine = propose(patient.identity, GRANTEE, treatment)
    other = propose(Account.create().identity, GRANTEE, treatment)
    with pytest.raises(InputError, match="one patient, not of 2"):
        hospital.consents.batches.grant([mine, other], by=patient)
    with pytest.raises(InputError, match="one patient, not of 0"):
        hospital.consents.batches.grant([], by=patient)
    hospital.consents.revoke_all(patient.identity, by=patient)
    with pytest.raises(InputError, match="propose them anew"):
        hospital.consents.batches.grant([mine], by=patient)


def test_revocation_is_final_and_needs_no_registration(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    signed = hospital.consents.sign(consent, by=patient)
    hospital.consents.revoke(patient.identity, consent.id, by=patient)

    with pytest.raises(ConsentNotInForce, match="revoked it"):
        hospital.consents.checks.require(signed)
    with pytest.raises(ConsentAlreadyRevoked):
        hospital.consents.register(signed)
    with pytest.raises(ConsentAlreadyRevoked):
        hospital.consents.revoke(patient.identity, consent.id, by=patient)


def test_revokes_directly(newcomer: Callable[[], Salus], treatment: Terms) -> None:
    client = newcomer()
    me = client.account.identity
    consent = client.consents.propose(me, GRANTEE, treatment)
    client.consents.grant(consent)
    client.consents.revoke(me, consent.id)
    assert client.consents.checks.status(me, consent.id).revoked_at > 0
    client.consents.revoke_all(me)
    assert client.consents.checks.epoch(me) != bytes(32)


def test_nobody_else_revokes(stranger: Salus, patient: Account) -> None:
    with pytest.raises(NotController):
        stranger.consents.revoke(patient.identity, bytes(32))
    with pytest.raises(NotController):
        stranger.consents.revoke_all(patient.identity, by=stranger.account)


def test_revoking_all_ends_every_strength(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    consents = hospital.consents
    signed, registered = (
        consents.sign(consents.propose(patient.identity, GRANTEE, treatment), by=patient)
        for _ in range(2)
    )
    consents.register(registered)
    (batched,) = consents.batches.grant(
        [consents.propose(patient.identity, GRANTEE, treatment)], by=patient
    )

    consents.revoke_all(patient.identity, by=patient)

    for each in (signed, registered, batched):
        with pytest.raises(ConsentNotInForce, match="all consents of its epoch"):
            consents.checks.require(each)
    with pytest.raises(ConsentEpochMoved):
        consents.register(signed)
    fresh = consents.propose(patient.identity, GRANTEE, treatment)
    assert consents.checks.require(consents.sign(fresh, by=patient)).strength is Strength.SIGNED


def test_a_signed_revoke_all_ends_no_later_epoch(hospital: Salus, patient: Account) -> None:
    contract = hospital.chain.contract("ConsentRegistry")
    epoch = hospital.consents.checks.epoch(patient.identity)
    salt = secrets.token_bytes(32)
    message = {"patient": patient.identity, "epoch": epoch, "salt": salt}
    authorization = hospital.consents._registry.authorize(patient, "RevokeAllConsents", message)
    arguments = (patient.identity, epoch, salt, authorization)
    contract.send("revokeAllConsentsBySig", *arguments, account=hospital.account)
    with pytest.raises(ConsentEpochMoved):
        contract.send("revokeAllConsentsBySig", *arguments, account=hospital.account)


def test_refuses_a_deadline_that_no_document_holds(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    with pytest.raises(InputError, match="deadline"):
        hospital.consents.sign(consent, by=patient, deadline=2**64)

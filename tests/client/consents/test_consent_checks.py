"""Whether a consent is in force: every refusal, and decisions that can be replayed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from salus import Salus
from salus.chain import Account
from salus.consents.checks import Strength
from salus.consents.documents import BatchedConsent, Consent, SignedConsent
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.terms import Action, Effect, Outcome, Party, Request, ResourceFacts, Rule, Terms
from salus.terms.vocabulary import Policy
from salus_verify.log import stream_id

GRANTEE = "0x" + "51" * 20


@pytest.fixture
def signed(hospital: Salus, patient: Account, treatment: Terms) -> SignedConsent:
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    return hospital.consents.sign(consent, by=patient)


@pytest.fixture
def batched(hospital: Salus, patient: Account, treatment: Terms) -> BatchedConsent:
    propose = hospital.consents.propose
    consents = [propose(patient.identity, GRANTEE, treatment) for _ in range(2)]
    return hospital.consents.batches.grant(consents, by=patient)[0]


def asks(purpose: str = "TREAT", *, at: int, recipient: str = GRANTEE, **facts: str) -> Request:
    labels = frozenset(facts.values())
    return Request(
        action=Action.ACCESS,
        purpose=purpose,
        at=at,
        resource=ResourceFacts(resource_class="Condition", sensitivities=labels),
        recipient=Party(address=recipient),
    )


# Not in force ------------------------------------------------------------------------------------


def test_refuses_a_consent_that_nobody_signed(hospital: Salus, signed: SignedConsent) -> None:
    with pytest.raises(ConsentNotInForce, match="no signature was presented"):
        hospital.consents.checks.require(signed.consent)


def test_refuses_a_lapsed_signature(
    hospital: Salus, patient: Account, signed: SignedConsent
) -> None:
    now = hospital.chain.now()
    lapsed = hospital.consents.sign(signed.consent, by=patient, deadline=now - 1)
    with pytest.raises(ConsentNotInForce, match="lapsed"):
        hospital.consents.checks.require(lapsed)
    last_second = hospital.consents.sign(signed.consent, by=patient, deadline=now)
    assert hospital.consents.checks.require(last_second).strength is Strength.SIGNED


@pytest.mark.parametrize("change", ["patient", "grantee", "salt", "terms", "deadline", "signature"])
def test_refuses_a_signature_over_something_else(
    hospital: Salus, signed: SignedConsent, change: str
) -> None:
    consent = signed.consent
    flipped = bytes([signed.signature[0] ^ 1]) + signed.signature[1:]
    forged = {
        "patient": replace(signed, consent=replace(consent, patient="0x" + "12" * 20)),
        "grantee": replace(signed, consent=replace(consent, grantee="0x" + "12" * 20)),
        "salt": replace(signed, consent=replace(consent, salt=b"\x01" * 32)),
        "terms": replace(
            signed, consent=replace(consent, terms=Terms(base=Rule(effect=Effect.PERMIT)))
        ),
        "deadline": replace(signed, deadline=signed.deadline + 1),
        "signature": replace(signed, signature=flipped),
    }[change]
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.require(forged)


def test_refuses_a_stranger_s_signature(hospital: Salus, signed: SignedConsent) -> None:
    by_stranger = hospital.consents.sign(signed.consent, by=Account.create())
    with pytest.raises(ConsentNotInForce, match="does not control"):
        hospital.consents.checks.require(by_stranger)


def test_refuses_signer_bytes_that_name_nobody(hospital: Salus, signed: SignedConsent) -> None:
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.require(replace(signed, signer=b"\x01"))
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.require(replace(signed, signer=signed.signer + bytes(64)))


@pytest.mark.parametrize("registered", [False, True])
def test_refuses_after_deactivation(
    hospital: Salus, patient: Account, signed: SignedConsent, registered: bool
) -> None:
    if registered:
        hospital.consents.register(signed)
    hospital.identities.control.deactivate(patient.identity, by=patient)
    with pytest.raises(ConsentNotInForce, match="deactivated"):
        hospital.consents.checks.require(signed)


def test_refuses_a_batched_consent_after_deactivation_and_revocation(
    hospital: Salus, patient: Account, batched: BatchedConsent
) -> None:
    before = hospital.chain.block().number
    hospital.consents.revoke(patient.identity, batched.consent.id, by=patient)
    with pytest.raises(ConsentNotInForce, match="revoked it"):
        hospital.consents.checks.require(batched)
    hospital.identities.control.deactivate(patient.identity, by=patient)
    assert hospital.consents.checks.require(batched, block=before).strength is Strength.BATCHED


def test_refuses_the_proof_of_another_consent(
    hospital: Salus, batched: BatchedConsent, treatment: Terms
) -> None:
    other = hospital.consents.propose(batched.consent.patient, GRANTEE, treatment)
    with pytest.raises(ConsentNotInForce, match="another leaf's"):
        hospital.consents.checks.require(BatchedConsent(other, batched.inclusion))


def test_refuses_a_leaf_of_another_stream(
    hospital: Salus, patient: Account, treatment: Terms
) -> None:
    """Whoever makes a patient anchor 32 bytes as something else must not have made it consent."""
    consent = hospital.consents.propose(patient.identity, GRANTEE, treatment)
    hospital.anchors.append("diary", [consent.id], issuer=patient.identity, by=patient)
    proof = hospital.anchors.proofs.prove("diary", consent.id, issuer=patient.identity)
    with pytest.raises(ConsentNotInForce, match="another leaf's"):
        hospital.consents.checks.require(BatchedConsent(consent, proof))
    renamed = replace(proof, anchored=replace(proof.anchored, stream=stream_id("consents")))
    with pytest.raises(ConsentNotInForce, match="never anchored"):
        hospital.consents.checks.require(BatchedConsent(consent, renamed))


def test_refuses_a_proof_of_another_issuer(hospital: Salus, batched: BatchedConsent) -> None:
    proof = batched.inclusion
    foreign = replace(proof, anchored=replace(proof.anchored, issuer=hospital.account.identity))
    with pytest.raises(ConsentNotInForce, match="another issuer's"):
        hospital.consents.checks.require(BatchedConsent(batched.consent, foreign))


def test_refuses_a_broken_path(hospital: Salus, batched: BatchedConsent) -> None:
    proof = replace(batched.inclusion, path=(bytes(32),))
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.require(BatchedConsent(batched.consent, proof))


# At a block --------------------------------------------------------------------------------------


def test_decides_as_of_a_block(hospital: Salus, patient: Account, signed: SignedConsent) -> None:
    before = hospital.chain.block().number
    hospital.consents.register(signed)
    registered = hospital.chain.block().number
    hospital.consents.revoke(patient.identity, signed.consent.id, by=patient)

    assert hospital.consents.checks.require(signed, block=before).strength is Strength.SIGNED
    assert (
        hospital.consents.checks.require(signed, block=registered).strength is Strength.REGISTERED
    )
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.require(signed)


def test_a_signature_counts_by_who_controlled_the_identity_then(
    hospital: Salus, patient: Account, signed: SignedConsent
) -> None:
    before = hospital.chain.block().number
    hospital.identities.control.rotate(patient.identity, Account.create().identity, by=patient)
    assert hospital.consents.checks.require(signed, block=before).strength is Strength.SIGNED
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.require(signed)


def test_a_batch_does_not_count_before_it_was_anchored(
    hospital: Salus, batched: BatchedConsent
) -> None:
    before = hospital.chain.block().number - 1
    with pytest.raises(ConsentNotInForce, match="never anchored"):
        hospital.consents.checks.require(batched, block=before)


# Decisions ---------------------------------------------------------------------------------------


def test_permits_what_the_terms_permit(hospital: Salus, signed: SignedConsent) -> None:
    decision = hospital.consents.checks.decide(asks(at=hospital.chain.now()), [signed])
    assert decision.outcome is Outcome.PERMIT
    assert decision.consent_id == signed.consent.id
    assert decision.block == hospital.chain.block().number


def test_refuses_another_purpose_and_a_label(hospital: Salus, signed: SignedConsent) -> None:
    now = hospital.chain.now()
    with pytest.raises(ConsentRefused, match=r"for HMARKT .*Ask for what") as caught:
        hospital.consents.checks.decide(asks("HMARKT", at=now), [signed])
    assert (caught.value.outcome, caught.value.purpose) == ("NotApplicable", "HMARKT")
    with pytest.raises(ConsentRefused, match="denied"):
        hospital.consents.checks.decide(asks(at=now, label="PSY"), [signed])


def test_refuses_a_recipient_whom_the_consent_does_not_name(
    hospital: Salus, signed: SignedConsent
) -> None:
    request = asks(at=hospital.chain.now(), recipient="0x" + "77" * 20)
    with pytest.raises(ConsentNotInForce, match="another grantee"):
        hospital.consents.checks.decide(request, [signed])


def test_refuses_where_no_consent_is_shown(hospital: Salus) -> None:
    with pytest.raises(ConsentRefused, match="no consent was shown"):
        hospital.consents.checks.decide(asks(at=hospital.chain.now()), [])


def test_refuses_another_patient_s_consent(
    hospital: Salus, signed: SignedConsent, treatment: Terms
) -> None:
    now, neighbour = hospital.chain.now(), Account.create()
    consent = hospital.consents.propose(neighbour.identity, GRANTEE, treatment)
    theirs = hospital.consents.sign(consent, by=neighbour)
    with pytest.raises(ConsentNotInForce, match="another patient's"):
        hospital.consents.checks.decide(asks(at=now), [signed], patient=neighbour.identity)
    with pytest.raises(ConsentNotInForce, match="another patient's"):
        hospital.consents.checks.decide(asks(at=now), [signed, theirs])


def test_a_deny_overrides_a_permit(
    hospital: Salus, patient: Account, signed: SignedConsent
) -> None:
    denial = Terms(base=Rule(effect=Effect.DENY), policy=Policy.NONE)
    consent = hospital.consents.propose(patient.identity, GRANTEE, denial)
    denied = hospital.consents.sign(consent, by=patient)
    with pytest.raises(ConsentRefused, match="denied"):
        hospital.consents.checks.decide(asks(at=hospital.chain.now()), [signed, denied])


def test_one_consent_that_ended_spoils_the_decision(
    hospital: Salus, patient: Account, signed: SignedConsent, batched: BatchedConsent
) -> None:
    hospital.consents.revoke(patient.identity, signed.consent.id, by=patient)
    with pytest.raises(ConsentNotInForce):
        hospital.consents.checks.decide(asks(at=hospital.chain.now()), [batched, signed])


def test_the_same_decision_comes_again_at_its_block(
    hospital: Salus, patient: Account, signed: SignedConsent
) -> None:
    request = asks(at=hospital.chain.now())
    decision = hospital.consents.checks.decide(request, [signed])
    hospital.consents.revoke_all(patient.identity, by=patient)
    assert hospital.consents.checks.decide(request, [signed], block=decision.block) == decision


def test_the_id_is_the_contract_s(hospital: Salus, signed: SignedConsent) -> None:
    consent: Consent = signed.consent
    computed = hospital.chain.contract("ConsentRegistry").call(
        "consentIdOf", consent.patient, consent.epoch, consent.particulars
    )
    assert computed == consent.id

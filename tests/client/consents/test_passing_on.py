"""A grantee passes on strictly less than it holds; one revocation at the top ends the chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentNotInForce, ConsentRefused, MalformedPassedConsent
from salus.consents.passed_documents import MOST_LINKS, ConsentLink, PassedConsent
from salus.errors import InputError
from salus.primitives.address import AnyIdentity
from salus.terms import Action, Effect, Outcome, Party, Request, ResourceFacts, Rule, Terms
from salus.testing import advance, fund, participant
from salus.vault.documents.statements import vouch

LAB = ResourceFacts(resource_class="Observation.laboratory")
NOTES = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))
TWICE = Terms.permit("TREAT", redisclosure_depth=2).except_(sensitivities="PSY")
ONCE, NOT_AGAIN = Terms.permit("TREAT", redisclosure_depth=1), Terms.permit("TREAT")


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def patient(exchange: Exchange) -> Account:
    return exchange.patient


@pytest.fixture
def clinic(exchange: Exchange) -> Salus:
    """Who the patient gave the consent to."""
    return exchange.grantee


@pytest.fixture
def specialist(chain: Chain) -> Salus:
    return a_person(chain)


@pytest.fixture
def laboratory(chain: Chain) -> Salus:
    return a_person(chain)


def a_person(chain: Chain) -> Salus:
    account = Account.create()
    fund(chain, account.address, payer=development_account(8))
    return Salus(chain, account=account)


def asks(who: Salus, purpose: str = "TREAT", facts: ResourceFacts = LAB) -> Request:
    return Request(
        action=Action.ACCESS,
        purpose=purpose,
        resource=facts,
        at=who.chain.block().timestamp,
        recipient=Party(address=who.identity),
    )


def shown(passed: PassedConsent) -> PassedConsent:
    """As it comes to somebody else."""
    return PassedConsent.from_json(passed.to_json())


def test_three_parties_and_the_end(
    exchange: Exchange, patient: Account, clinic: Salus, specialist: Salus, laboratory: Salus
) -> None:
    consent = exchange.consent(TWICE)
    exchange.custodian.consents.register(consent)
    exchange.add(b"a value", LAB)
    exchange.custodian.records.share(consent, purpose="TREAT")
    (received,) = clinic.records.collect()
    assert received.open("TREAT") == b"a value"

    to_specialist = shown(clinic.consents.passing.sign(consent, specialist, ONCE))
    decision = specialist.consents.passing.decide(asks(specialist), to_specialist)
    assert decision.permits
    assert decision.consents == (consent.consent.id, to_specialist.links[0].id)
    to_laboratory = shown(specialist.consents.passing.sign(to_specialist, laboratory, NOT_AGAIN))
    assert laboratory.consents.passing.decide(asks(laboratory), to_laboratory).permits
    for who, passed in ((specialist, to_specialist), (laboratory, to_laboratory)):
        for refused in (asks(who, "HRESCH"), asks(who, facts=NOTES)):
            with pytest.raises(ConsentRefused):
                who.consents.passing.decide(refused, passed)
    with pytest.raises(InputError, match="may not be passed on"):
        laboratory.consents.passing.sign(to_laboratory, clinic, NOT_AGAIN)

    revoked = exchange.elsewhere.consents.revocations.sign(patient, consent.consent.id, by=patient)
    before = clinic.chain.block().number
    exchange.elsewhere.consents.revocations.submit(revoked)
    for who, passed in ((specialist, to_specialist), (laboratory, to_laboratory)):
        with pytest.raises(ConsentNotInForce, match="the patient revoked it"):
            who.consents.passing.decide(asks(who), passed)
        with pytest.raises(ConsentNotInForce):
            who.consents.passing.sign(passed, Account.create(), NOT_AGAIN)
    with pytest.raises(ConsentNotInForce):
        received.open("TREAT")
    then = replace(asks(laboratory), at=laboratory.chain.block(before).timestamp)
    assert laboratory.consents.passing.decide(then, to_laboratory, block=before).permits


def test_less_is_passed_on_each_time(exchange: Exchange, clinic: Salus, specialist: Salus) -> None:
    consent = exchange.consent(TWICE)
    passing = clinic.consents.passing
    for terms in (TWICE, Terms.permit(redisclosure_depth=200)):
        with pytest.raises(InputError, match="1 times at most"):
            passing.sign(consent, specialist, terms)
    with pytest.raises(InputError, match="permit nothing"):
        passing.sign(consent, specialist, Terms.deny())
    for nobody in (clinic, exchange.patient):
        with pytest.raises(InputError, match="somebody else"):
            passing.sign(consent, nobody, ONCE)
    with pytest.raises(InputError, match="only the grantee"):
        specialist.consents.passing.sign(consent, Account.create(), ONCE)
    with pytest.raises(InputError, match="may not be passed on"):
        passing.sign(exchange.consent(NOT_AGAIN), specialist, NOT_AGAIN)


def test_a_link_that_says_more_opens_no_more(
    exchange: Exchange, clinic: Salus, specialist: Salus
) -> None:
    consent = exchange.consent(Terms.permit("TREAT", classes="Condition", redisclosure_depth=1))
    wide = shown(clinic.consents.passing.sign(consent, specialist, Terms.permit()))
    for refused in (asks(specialist, "HPAYMT"), asks(specialist)):
        with pytest.raises(ConsentRefused):
            specialist.consents.passing.decide(refused, wide)
    condition = ResourceFacts(resource_class="Condition")
    assert specialist.consents.passing.decide(asks(specialist, facts=condition), wide).permits


def test_who_signs_past_the_depth_by_other_software_opens_nothing(
    exchange: Exchange, clinic: Salus, specialist: Salus, laboratory: Salus
) -> None:
    consent = exchange.consent(ONCE)
    first = clinic.consents.passing.sign(consent, specialist, NOT_AGAIN)
    generous = signed_anyhow(replace(first.links[0], terms=TWICE), clinic)
    deeper = replace(generous, under=generous.id, holder=specialist.identity)
    deeper = signed_anyhow(replace(deeper, grantee=laboratory.identity), specialist)
    passed = shown(replace(first, links=(generous, deeper)))
    assert laboratory.consents.passing.require(passed)
    with pytest.raises(ConsentRefused, match="limited to 1"):
        laboratory.consents.passing.decide(asks(laboratory), passed)
    once = shown(replace(first, links=(generous,)))
    assert specialist.consents.passing.decide(asks(specialist), once).permits


def signed_anyhow(link: ConsentLink, holder: Salus) -> ConsentLink:
    said = link.message
    return replace(link, signed=vouch(holder.account, said.kind, said.digest, said.chain_id))


def test_who_may_not_disclose_passes_nothing_on(
    exchange: Exchange, clinic: Salus, specialist: Salus
) -> None:
    reading = Terms.permit("TREAT", actions=Action.ACCESS, redisclosure_depth=1)
    passed = clinic.consents.passing.sign(exchange.consent(reading), specialist, NOT_AGAIN)
    with pytest.raises(ConsentRefused):
        specialist.consents.passing.decide(asks(specialist), passed)


def test_whom_the_patient_does_not_permit_gets_nothing_by_another(
    exchange: Exchange, clinic: Salus, specialist: Salus, laboratory: Salus
) -> None:
    named = Terms.permit(
        "TREAT", redisclosure_depth=1, actors=[clinic.identity, laboratory.identity]
    )
    consent = exchange.consent(named)
    allowed = clinic.consents.passing.sign(consent, laboratory, NOT_AGAIN)
    assert laboratory.consents.passing.decide(asks(laboratory), allowed).permits
    passed = clinic.consents.passing.sign(consent, specialist, NOT_AGAIN)
    with pytest.raises(ConsentRefused):
        specialist.consents.passing.decide(asks(specialist), passed)


def test_holder_and_patient_end_a_link_and_what_is_below(
    exchange: Exchange, clinic: Salus, specialist: Salus, laboratory: Salus, patient: Account
) -> None:
    consent = exchange.consent(TWICE)
    first = clinic.consents.passing.sign(consent, specialist, ONCE)
    second = specialist.consents.passing.sign(first, laboratory, NOT_AGAIN)
    other = clinic.consents.passing.sign(consent, specialist, ONCE)
    clinic.consents.passing.revoke(first.links[0])
    for passed in (first, second):
        with pytest.raises(ConsentNotInForce, match="its holder revoked it"):
            laboratory.consents.passing.require(passed)
    assert laboratory.consents.passing.require(other)
    ended = clinic.consents.revocations.sign(patient, other.links[0].id, by=patient)
    clinic.consents.revocations.submit(ended)
    with pytest.raises(ConsentNotInForce, match="the patient revoked it"):
        laboratory.consents.passing.require(other)


def test_a_link_lapses_and_ends_with_its_holders_key(
    exchange: Exchange, clinic: Salus, specialist: Salus, chain: Chain
) -> None:
    consent = exchange.consent(TWICE)
    exchange.custodian.consents.register(consent)
    short = clinic.consents.passing.sign(consent, specialist, ONCE, until=timedelta(hours=1))
    long = clinic.consents.passing.sign(consent, specialist, ONCE)
    advance(chain, 7200)
    with pytest.raises(ConsentNotInForce, match="lapsed"):
        specialist.consents.passing.require(short)
    assert specialist.consents.passing.require(long)
    clinic.identities.control.rotate(clinic.identity, Account.create().address)
    with pytest.raises(ConsentNotInForce):
        specialist.consents.passing.require(long)


def test_what_was_changed_or_taken_apart_is_refused(
    exchange: Exchange, clinic: Salus, specialist: Salus, laboratory: Salus
) -> None:
    consent = exchange.consent(TWICE)
    first = clinic.consents.passing.sign(consent, specialist, ONCE)
    second = specialist.consents.passing.sign(first, laboratory, NOT_AGAIN)
    wider = replace(first, links=(replace(first.links[0], terms=Terms.permit()),))
    stolen = replace(first, links=(replace(first.links[0], grantee=laboratory.identity),))
    for forged in (wider, stolen):
        with pytest.raises(ConsentNotInForce):
            laboratory.consents.passing.require(shown(forged))
    with pytest.raises(InputError, match="does not stand under"):
        replace(second, links=second.links[1:])
    with pytest.raises(InputError, match="1 to 16"):
        replace(first, links=())
    with pytest.raises(ConsentNotInForce, match="another grantee"):
        laboratory.consents.passing.decide(asks(laboratory), first)


def test_a_document_is_read_strictly(exchange: Exchange, clinic: Salus, specialist: Salus) -> None:
    consent: SignedConsent = exchange.consent(TWICE)
    text = clinic.consents.passing.sign(consent, specialist, ONCE).to_json()
    for wrong in (
        text.replace("passed-consent/v1", "passed-consent/v2"),
        text.replace("consent-link/v1", "consent-link/v2"),
        text.replace('"links":[', '"more":1,"links":['),
        text.replace('"until":', '"more":1,"until":'),
        consent.to_json(),
        "{}",
        " " * (1 << 19),
    ):
        with pytest.raises(MalformedPassedConsent):
            PassedConsent.from_json(wrong)
    assert MOST_LINKS == 16


def denied(exchange: Exchange, patient: Account, grantee: AnyIdentity) -> SignedConsent:
    """The patient closes everything to somebody, on chain."""
    consents = exchange.elsewhere.consents
    closed = consents.sign(consents.propose(patient, grantee, Terms.deny()), by=patient)
    consents.register(closed)
    return closed


@pytest.fixture
def reader(chain: Chain) -> Salus:
    """A specialist who keeps consents."""
    account = Account.create()
    fund(chain, account.address, payer=development_account(8))
    return participant(chain, account)


def test_what_the_patient_denies_elsewhere_wins(
    exchange: Exchange, patient: Account, clinic: Salus, reader: Salus, laboratory: Salus
) -> None:
    passing = reader.consents.passing
    passed = clinic.consents.passing.sign(exchange.consent(TWICE), reader, NOT_AGAIN)
    for whom in (reader, clinic, patient, laboratory):
        closed = denied(exchange, patient, whom)
        reaches = whom is not laboratory
        assert passing.decide(asks(reader), passed).permits  # nobody told the reader
        assert passing.weigh(asks(reader), passed, beside=[closed]).permits is not reaches
        if not reaches:
            continue
        with pytest.raises(ConsentRefused, match="another consent") as refused:
            passing.decide(asks(reader), passed, beside=[closed])
        assert "Asked was access" in str(refused.value)
        assert "The consent says: " in str(refused.value)
        exchange.elsewhere.consents.revoke(patient, closed.consent.id, by=patient)


@pytest.mark.parametrize("whom", ["reader", "clinic", "patient"])
def test_a_deny_that_is_kept_here_is_heard(
    exchange: Exchange, patient: Account, clinic: Salus, reader: Salus, whom: str
) -> None:
    named = {"reader": reader, "clinic": clinic, "patient": patient}[whom]
    passed = clinic.consents.passing.sign(exchange.consent(TWICE), reader, NOT_AGAIN)
    proposed = reader.consents.propose(patient, named, Terms.deny())
    closed = reader.consents.sign(proposed, by=patient)
    reader.consents.register(closed)
    with pytest.raises(ConsentRefused, match="another consent"):
        reader.consents.passing.decide(asks(reader), passed)
    weighed = reader.consents.passing.weigh(asks(reader), passed)
    assert weighed.outcome is Outcome.DENY
    assert closed.consent.id in weighed.consents
    reader.consents.revoke(patient, closed.consent.id, by=patient)
    assert reader.consents.passing.decide(asks(reader), passed).permits


def test_another_consent_permits_beside_what_was_passed_on(
    exchange: Exchange, patient: Account, clinic: Salus, specialist: Salus
) -> None:
    passing, consents = specialist.consents.passing, specialist.consents
    passed = clinic.consents.passing.sign(exchange.consent(TWICE), specialist, NOT_AGAIN)
    terms = Terms.permit("HPAYMT")
    direct = consents.sign(consents.propose(patient, specialist, terms), by=patient)
    with pytest.raises(ConsentRefused):
        passing.decide(asks(specialist, "HPAYMT"), passed)
    decision = passing.decide(asks(specialist, "HPAYMT"), passed, beside=[direct])
    assert decision.consent_id == direct.consent.id
    assert {direct.consent.id, passed.consent.id, passed.links[0].id} == {*decision.consents}
    assert passing.decide(asks(specialist), passed, beside=[direct]).permits
    other = Account.create()
    foreign = consents.sign(consents.propose(other, specialist, terms), by=other)
    with pytest.raises(ConsentNotInForce, match="another patient's"):
        passing.decide(asks(specialist), passed, beside=[foreign])


def test_words_of_the_consent_and_of_links_are_read_first(
    exchange: Exchange, clinic: Salus, specialist: Salus
) -> None:
    above, below = bytes(range(32)), bytes(range(1, 33))
    held = Rule(effect=Effect.PERMIT, redisclosure_depth=1, residual=above)
    given = Rule(effect=Effect.PERMIT, residual=below)
    passed = clinic.consents.passing.sign(
        exchange.consent(Terms(base=held)), specialist, Terms(base=given)
    )
    passing = specialist.consents.passing
    with pytest.raises(ConsentRefused, match="must be read first"):
        passing.decide(asks(specialist), passed)
    weighed = passing.weigh(asks(specialist), passed)
    assert weighed.is_conditional
    assert {*weighed.residuals} == {above, below}

"""Who can see a record, and what a consent would change: what sharing and opening decide."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from tests.support.campaigns import amount
from tests.support.exchange import Exchange
from tests.support.plain_terms import plain_verdict
from tests.support.terms_dice import CLINIC, HOSPITAL, JANUARY, a_party, a_request, any_terms

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.actors import ActorDirectory
from salus.consents.documents import Consent
from salus.consents.errors import NothingToShare
from salus.errors import InputError
from salus.primitives.address import checked_address
from salus.records.consulting import Consulting
from salus.records.explaining import uses_of, widest
from salus.records.facts import asks
from salus.records.judging import Judge
from salus.terms import Action, Actor, Outcome, Party, ResourceFacts, Terms
from salus.terms.purposes import PURPOSES
from salus.terms.vocabulary import Part
from salus.testing import advance

LAB = ResourceFacts(resource_class="Observation.laboratory")
NOTES = ResourceFacts(resource_class="DocumentReference", sensitivities=frozenset({"PSY"}))
PATIENT = "0x" + "c" * 40


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def custodian(exchange: Exchange) -> Salus:
    return exchange.custodian


def test_says_who_sees_what_for_what_by_which_consent_and_since_when(
    exchange: Exchange, custodian: Salus
) -> None:
    lab, notes = exchange.add(b"a value", LAB), exchange.add(b"notes", NOTES)
    assert custodian.records.explain(lab) == ()
    consent = exchange.consent()
    seen = {each.action: each for each in custodian.records.explain(lab)}
    assert seen.keys() == {*Action}
    reading = seen[Action.ACCESS]
    assert (reading.grantee, reading.consent) == (exchange.grantee.identity, consent.consent.id)
    assert widest(reading.purposes) == ("TREAT",)
    assert not reading.shared
    assert not reading.conditional
    assert custodian.records.explain(notes) == ()
    custodian.records.share(consent, purpose="TREAT")
    assert all(each.shared for each in custodian.records.explain(lab.record_id))
    ended = custodian.consents.revocations.sign(
        exchange.patient, consent.consent.id, by=exchange.patient
    )
    custodian.consents.revocations.submit(ended)
    assert custodian.records.explain(lab) == ()


def test_since_is_when_it_was_registered_and_until_when_it_ends(
    exchange: Exchange, custodian: Salus, chain: Chain
) -> None:
    lab = exchange.add(b"a value", LAB)
    end = chain.block().timestamp + 10**6
    consent = exchange.consent(Terms.permit("TREAT", until=end))
    custodian.consents.register(consent)
    status = custodian.consents.checks.status(exchange.patient, consent.consent.id)
    found = custodian.records.explain(lab)
    assert {(each.since, each.until) for each in found} == {(status.granted_at, end)}


def test_what_a_consent_would_change_is_what_it_changes(
    exchange: Exchange, custodian: Salus
) -> None:
    exchange.add(b"a value", LAB)
    exchange.add(b"notes", NOTES)
    exchange.consent(Terms.permit("TREAT").except_(sensitivities="PSY"))
    grantee = exchange.grantee.identity
    wider = custodian.consents.propose(exchange.patient, grantee, Terms.permit("TREAT", "HRESCH"))
    (lab, notes) = custodian.records.what_if(wider)
    for change in (lab, notes):  # of psychiatry, the one before withholds treatment alone
        assert {widest(each.purposes) for each in change.gained} == {("HRESCH",)}
        assert change.lost == ()
    before = {each.id: custodian.records.explain(each) for each in custodian.records}
    custodian.consents.sign(wider, by=exchange.patient)
    after = {each.id: custodian.records.explain(each) for each in custodian.records}
    assert changed(before, after) == {("HRESCH", lab.record), ("HRESCH", notes.record)}


def changed(before, after) -> set[tuple[str, str]]:  # type: ignore[no-untyped-def]
    def flat(seen):  # type: ignore[no-untyped-def]
        return {
            (each.grantee, each.action, purpose, record)
            for record, accesses in seen.items()
            for each in accesses
            for purpose in widest(each.purposes)
        }

    return {(purpose, record) for *_, purpose, record in flat(after) ^ flat(before)}


def test_a_deny_takes_away_and_says_so_before_it_is_signed(
    exchange: Exchange, custodian: Salus
) -> None:
    lab = exchange.add(b"a value", LAB)
    consent = exchange.consent()
    nobody = custodian.consents.propose(exchange.patient, exchange.patient, Terms.deny("TREAT"))
    (change,) = custodian.records.what_if(nobody, records=[lab])
    assert change.gained == ()
    assert {each.consent for each in change.lost} == {consent.consent.id}
    assert custodian.records.explain(lab) != ()
    less = custodian.consents.propose(
        exchange.patient, exchange.grantee, Terms.permit("TREAT", actions=Action.ACCESS)
    )
    (change,) = custodian.records.what_if(less, replacing=consent.consent.id)
    assert {each.action for each in change.lost} == {*Action} - {Action.ACCESS}
    assert change.gained == ()
    assert custodian.records.what_if(less) == ()  # beside the wider one it changes nothing


def test_of_records_of_others_nothing_is_said(exchange: Exchange, custodian: Salus) -> None:
    exchange.add(b"a value", LAB)
    consent = exchange.consent()
    (shared,) = custodian.records.share(consent, purpose="TREAT")
    exchange.grantee.records.collect()
    with pytest.raises(InputError, match="ask its custodian"):
        exchange.grantee.records.explain(shared)
    stranger = custodian.consents.propose(Account.create(), exchange.grantee, Terms.permit())
    with pytest.raises(InputError, match="another patient's"):
        custodian.records.what_if(stranger, records=[shared])


def test_what_is_explained_is_what_is_shared(exchange: Exchange, custodian: Salus) -> None:
    lab = exchange.add(b"a value", LAB)
    consent = exchange.consent(Terms.permit("HPAYMT", actions=Action.USE))
    explained = {
        (each.action, purpose)
        for each in custodian.records.explain(lab)
        for purpose in each.purposes
    }
    for action, purpose in product((Action.USE, Action.ACCESS), ("CLMATTCH", "TREAT")):
        if (action, purpose) in explained:
            custodian.records.share(consent, purpose=purpose, action=action)
        else:
            with pytest.raises(NothingToShare):
                custodian.records.share(consent, purpose=purpose, action=action)
    assert len(explained) == len(PURPOSES.within("HPAYMT"))


# Against a walk over everything -------------------------------------------------------------------


def a_judge(dice: Random) -> Judge:
    grantees = (CLINIC, HOSPITAL, PATIENT)
    first, *others = (
        Consent(PATIENT, grantee, any_terms(dice), bytes(32), bytes(32))
        for grantee in (CLINIC, *dice.choices(grantees, k=dice.choice((0, 0, 1, 2))))
    )
    return Judge(
        first,
        others,
        recipient=replace(a_party(dice), address=CLINIC),
        custodian=replace(a_party(dice), address=HOSPITAL),
        author=a_party(dice),
        block=1,
        time=JANUARY,
    )


def walked(judge: Judge, facts: ResourceFacts, purpose: str, action: Action) -> Outcome:
    """Rule by rule, consent by consent."""
    request = asks(
        facts,
        recipient=judge.recipient,
        custodian=judge.custodian,
        author=judge.author,
        purpose=purpose,
        at=judge.time,
        action=action,
    )
    for other in judge.others:
        named = [actor for rule in other.terms.rules for actor in rule.actors]
        of_readers = any(
            each.part is Part.RECIPIENT and each != Actor.address(HOSPITAL) for each in named
        )
        counts = other.grantee != checked_address(HOSPITAL) or of_readers
        if counts and plain_verdict(other.terms, request).outcome is Outcome.DENY:
            return Outcome.DENY
    return plain_verdict(judge.consent.terms, request).outcome


@pytest.mark.campaign
def test_what_is_explained_is_what_a_walk_over_every_use_finds() -> None:
    dice, said = Random(359), Counter[Outcome]()
    for _ in range(amount(400, sample=25)):
        judge, facts = a_judge(dice), a_request(dice).resource
        found = {
            (action, purpose): conditional
            for action, conditional, purposes in uses_of(judge, facts)
            for purpose in purposes
        }
        for action, purpose in product(Action, PURPOSES.codes):
            outcome = walked(judge, facts, purpose, action)
            said[outcome] += 1
            wanted = {Outcome.PERMIT: False, Outcome.PERMIT_WITH_RESIDUAL: True}.get(outcome)
            assert found.get((action, purpose)) is wanted, (judge, facts, purpose, action)
    assert said.total() > amount(100_000, sample=7_000)
    assert said[Outcome.PERMIT] > amount(1_000, sample=20)


def test_few_codes_say_what_many_do() -> None:
    every = frozenset(PURPOSES.within("TREAT")) - {"BTG"}
    assert widest(every) == ("TREAT",)
    assert widest(every - {"COC"}) == ("TREAT only", "CLINTRL", "ETREAT", "POPHLTH")
    assert widest(frozenset()) == ()


def test_what_is_explained_is_of_one_block_though_the_chain_goes_on(
    exchange: Exchange, custodian: Salus, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, asked = exchange.add(b"a value", LAB), set[int]()
    exchange.consent()
    between, party = Consulting.between, ActorDirectory.party

    def mined(self: Consulting, *parties: str, custodian: str, block: int) -> tuple[Consent, ...]:
        asked.add(block)
        advance(self._chain, 1)
        return between(self, *parties, custodian=custodian, block=block)

    def noted(self: ActorDirectory, who: str, *, patient: str, block: int) -> Party:
        asked.add(block)
        return party(self, who, patient=patient, block=block)

    monkeypatch.setattr(Consulting, "between", mined)
    monkeypatch.setattr(ActorDirectory, "party", noted)
    assert custodian.records.explain(lab)
    assert len(asked) == 1

"""A decision is kept as a document, and taken again by whoever holds it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Chain, development_account
from salus.consents.errors import ConsentNotInForce, MalformedRuling, RulingDiffers
from salus.consents.rulings import Ruling
from salus.errors import InputError
from salus.primitives.roles import Role
from salus.terms import Action, Outcome, Party, Period, Request, ResourceFacts, Terms

LAB = ResourceFacts(
    resource_class="Observation.laboratory", when=Period(start=-86_400, end=1_700_000_000)
)


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def asks(who: Salus, purpose: str = "TREAT") -> Request:
    return Request(
        action=Action.ACCESS,
        purpose=purpose,
        resource=LAB,
        at=who.chain.block().timestamp,
        recipient=Party(address=who.identity, references=frozenset({"Practitioner/1"})),
        author=Party(others=frozenset({"Practitioner/2"})),
        break_glass_until=None,
    )


@pytest.mark.parametrize(
    ("purpose", "outcome"), [("TREAT", Outcome.PERMIT), ("HRESCH", Outcome.NOT_APPLICABLE)]
)
def test_an_auditor_replays_what_a_hospital_decided(
    exchange: Exchange, stranger: Salus, purpose: str, outcome: Outcome
) -> None:
    hospital, reader = exchange.custodian, exchange.grantee
    consents = [exchange.consent(), exchange.consent(Terms.permit("HPAYMT"))]
    ruling = hospital.consents.rulings.decide(asks(reader, purpose), consents)
    assert ruling.decision.outcome is outcome
    assert ruling.decision.consents == tuple(each.consent.id for each in consents)
    hospital.consents.register(exchange.consent())  # the chain goes on
    read = Ruling.from_json(ruling.to_json())
    assert read == ruling
    assert stranger.consents.rulings.replay(read) == ruling.decision


def test_it_holds_after_the_patient_revoked_and_not_at_a_later_block(
    exchange: Exchange, stranger: Salus
) -> None:
    consent, reader = exchange.consent(), exchange.grantee
    custodian = exchange.custodian.consents
    custodian.register(consent)
    ruling = custodian.rulings.decide(asks(reader), [consent])
    ended = custodian.revocations.sign(exchange.patient, consent.consent.id, by=exchange.patient)
    custodian.revocations.submit(ended)
    assert stranger.consents.rulings.replay(ruling).permits
    with pytest.raises(ConsentNotInForce):
        custodian.rulings.decide(asks(reader), [consent])
    now = stranger.chain.block()
    later = replace(
        ruling, block_hash=now.hash, decision=replace(ruling.decision, block=now.number)
    )
    with pytest.raises(ConsentNotInForce, match="revoked"):
        stranger.consents.rulings.replay(later)


def test_a_reason_in_other_words_is_no_other_decision(exchange: Exchange, stranger: Salus) -> None:
    rulings = exchange.custodian.consents.rulings
    ruling = rulings.decide(asks(exchange.grantee), [exchange.consent()])
    other = replace(ruling, decision=replace(ruling.decision, reason="as an older release said"))
    replayed = stranger.consents.rulings.replay(Ruling.from_json(other.to_json()))
    assert replayed == ruling.decision


def test_what_was_made_up_is_found(exchange: Exchange, stranger: Salus) -> None:
    ruling = exchange.custodian.consents.rulings.decide(
        asks(exchange.grantee, "HRESCH"), [exchange.consent()]
    )
    opened = replace(ruling.decision, outcome=Outcome.PERMIT, ordinary=Outcome.PERMIT)
    nobody = Party(roles=frozenset({Role.HOSPITAL}))
    payer = replace(ruling.request.recipient, roles=frozenset({Role.PAYER}))
    for forged, problem in (
        (replace(ruling, decision=opened), "NotApplicable"),
        (replace(ruling, decision=replace(ruling.decision, rule=0)), "NotApplicable"),
        (replace(ruling, decision=replace(ruling.decision, consents=())), "NotApplicable"),
        (replace(ruling, chain_id=1), "of chain 1"),
        (replace(ruling, block_hash="0x" + "ab" * 32), "another one"),
        (replace(ruling, request=replace(ruling.request, recipient=payer)), "did not hold a role"),
        (replace(ruling, request=replace(ruling.request, author=nobody)), "without an address"),
        (replace(ruling, request=replace(ruling.request, custodian=nobody)), "without an address"),
    ):
        with pytest.raises(RulingDiffers, match=problem):
            stranger.consents.rulings.replay(Ruling.from_json(forged.to_json()))


def test_a_ruling_rests_on_something(exchange: Exchange) -> None:
    with pytest.raises(InputError, match="1 to 64"):
        exchange.custodian.consents.rulings.decide(asks(exchange.grantee), [])


def test_a_document_is_read_strictly(exchange: Exchange) -> None:
    rulings = exchange.custodian.consents.rulings
    text = rulings.decide(asks(exchange.grantee), [exchange.consent()]).to_json()
    for wrong in (
        text.replace("ruling/v1", "ruling/v2"),
        text.replace('"hops":0', '"hops":0,"more":1'),
        text.replace('"purpose":"TREAT"', '"purpose":"CURE"'),
        text.replace('"action":"access"', '"action":"sell"'),
        text.replace('"confidentiality":"N"', '"confidentiality":"Q"'),
        text.replace('"start":-86400', '"start":"x"'),
        text.replace('"outcome":"Permit"', '"outcome":"Maybe"'),
        "{}",
        " " * (1 << 19),
    ):
        with pytest.raises(MalformedRuling):
            Ruling.from_json(wrong)

"""The law of sharing: what the keys open is a subset of what the terms permit, and all of it."""

from __future__ import annotations

from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.exchange import Exchange
from tests.support.terms_strategies import terms

from salus.chain import Chain, development_account
from salus.consents.documents import SignedConsent
from salus.records.facts import asks, facts_told
from salus.terms import Confidentiality, Period, ResourceFacts, Rule, Terms, evaluate
from salus.terms.vocabulary import Effect
from salus.vault.errors import MissingRecord

DAY = 86_400
NOW = 1_800_000_000
RECORDS = [
    ResourceFacts(
        resource_class=kind, sensitivities=frozenset(labels), confidentiality=label, when=when
    )
    for kind, labels, label in (
        ("Condition", (), Confidentiality.N),
        ("Condition", ("PSY",), Confidentiality.R),
        ("Observation.laboratory", (), Confidentiality.N),
        ("Observation.laboratory", ("HIV", "SPI"), Confidentiality.V),
        ("Observation", (), Confidentiality.L),
    )
    for when in (
        None,
        Period(start=NOW - DAY, end=NOW + DAY),
        Period(start=NOW + 3 * DAY, end=NOW + 4 * DAY),
        Period(start=NOW - 400 * DAY, end=NOW + DAY),
    )
]


@cache
def filled(chain: Chain) -> Exchange:
    """A custodian with twenty records, made once: sharing does not change them."""
    exchange = Exchange.set_up(chain, development_account(8))
    for facts in RECORDS:
        exchange.custodian.vault.add(
            b"record",
            compartment=_compartment(exchange, facts),
            media_type="text/plain",
            created_at=NOW,
            when=_span(facts),
        )
    return exchange


def _compartment(exchange, facts):  # type: ignore[no-untyped-def]
    from salus.records.facts import compartment_of

    return compartment_of(exchange.patient.identity, facts)


def _span(facts):  # type: ignore[no-untyped-def]
    from salus.records.facts import span_of

    return span_of(facts)


def permitted(exchange: Exchange, agreed: Terms, purpose: str) -> set[tuple[bytes, int]]:
    """What the terms permit, decided record by record, without any compartment."""
    custodian, grantee = exchange.custodian, exchange.grantee.account.identity
    block = custodian.chain.block("latest").number
    recipient, giver = (
        custodian.consents.actors.party(each, patient=exchange.patient.identity, block=block)
        for each in (grantee, custodian.account.identity)
    )
    at = custodian.chain.now()
    found = set()
    for entry in custodian.vault.keyring.entries.all():
        request = asks(
            facts_told(entry.facts),
            recipient=recipient,
            custodian=giver,
            author=giver,
            purpose=purpose,
            at=at,
        )
        if evaluate(agreed, request, consent_id=bytes(32), block=1).permits:
            found.add((entry.record, entry.version))
    return found


@given(agreed=terms(), purpose=st.sampled_from(["TREAT", "HRESCH", "ETREAT"]))
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_keys_open_what_terms_permit_and_nothing_else(
    chain: Chain, agreed: Terms, purpose: str
) -> None:
    exchange = filled(chain)
    signed = exchange.consent(agreed)
    expected = permitted(exchange, agreed, purpose)
    try:
        exchange.custodian.records.share(signed, purpose=purpose)
    except MissingRecord:
        assert expected == set()
    opened = exchange.custodian.vault.keyring.opened_by("0x" + signed.consent.id.hex())
    assert opened == expected
    _end(exchange, signed)


def test_a_compartment_is_given_whole_only_where_nothing_in_it_can_be_denied(chain: Chain) -> None:
    exchange = filled(chain)
    cut = Period(start=NOW, end=NOW + 2 * DAY)
    through = Terms(base=Rule(effect=Effect.PERMIT, data_period=cut))
    everything = Terms(base=Rule(effect=Effect.PERMIT))
    keyring = exchange.custodian.vault.keyring
    for agreed in (through, everything):
        signed = exchange.consent(agreed)
        expected = permitted(exchange, agreed, "TREAT")
        try:
            exchange.custodian.records.share(signed, purpose="TREAT")
        except MissingRecord:
            assert not expected
        assert keyring.opened_by("0x" + signed.consent.id.hex()) == expected
        _end(exchange, signed)
    assert len(permitted(exchange, everything, "TREAT")) == len(RECORDS)


def _end(exchange: Exchange, signed: SignedConsent) -> None:
    """While it stands, what it denies overrides the next one."""
    who = exchange.patient
    exchange.custodian.consents.revoke(who.identity, signed.consent.id, by=who)

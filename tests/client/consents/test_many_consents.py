"""However many consents there were between two: a new one is kept, and none that is over costs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.records import consulting
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import advance
from salus.vault.keyring import heard

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY, purposes=frozenset({"HRESCH"})))
PSYCHIATRY = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    made = Exchange.set_up(chain, development_account(8))
    made.add(b"note")
    made.add(b"depression", PSYCHIATRY)
    return made


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "MOST", 8)
    monkeypatch.setattr(consulting, "APART", -3600)  # both looks may come at once


def signed(
    exchange: Exchange, terms: Terms, *, by: Account | None = None, until: int | None = None
) -> SignedConsent:
    consents, patient = exchange.custodian.consents, exchange.patient
    grantee = exchange.grantee.account.identity
    consent = consents.propose(patient.identity, grantee, terms)
    return consents.sign(consent, by=by or patient, deadline=until)


def known(exchange: Exchange) -> int:
    parties = exchange.patient.identity, exchange.grantee.account.identity
    return len(exchange.custodian.vault.heard.between(*parties))


def shared(exchange: Exchange, under: SignedConsent) -> int:
    return len(exchange.custodian.records.share(under, purpose="TREAT"))


class Calls:
    """What a node was asked."""

    def __init__(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, real = 0, chain.rpc.attempt

        def attempt(*asked: Any) -> Any:
            self.count += 1
            return real(*asked)

        monkeypatch.setattr(chain.rpc, "attempt", attempt)

    def of(self, act: Any) -> int:
        self.count = 0
        act()
        assert self.count, "the node that is counted was not asked"
        return self.count


@pytest.mark.parametrize("terms", [WIDE, NOTHING], ids=["permits", "denies"])
def test_beside_many_others_a_deny_is_kept_and_shares_less(
    exchange: Exchange, terms: Terms
) -> None:
    wide = signed(exchange, WIDE)
    assert shared(exchange, wide) == 2
    for _ in range(2 * heard.MOST):
        signed(exchange, terms)
    signed(exchange, NO_PSYCHIATRY)
    assert shared(exchange, wide) == 1


def test_what_only_permits_makes_room_unless_keys_were_given_under_it(exchange: Exchange) -> None:
    wide, deny = signed(exchange, WIDE), signed(exchange, NO_PSYCHIATRY)
    shared(exchange, wide)
    for _ in range(3 * heard.MOST):
        signed(exchange, WIDE)
    assert known(exchange) == heard.MOST
    for each in (wide, deny):
        assert exchange.custodian.records.consulting.known(each.consent) is not None


@pytest.mark.parametrize("end", ["revoked", "epoch"])
def test_what_is_over_for_good_is_forgotten_and_costs_nothing_more(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    patient, consents = exchange.patient, exchange.custodian.consents
    denies = [signed(exchange, NO_PSYCHIATRY) for _ in range(4)]
    if end == "revoked":
        for each in denies:
            consents.revoke(patient.identity, each.consent.id, by=patient)
    else:
        consents.revoke_all(patient.identity, by=patient)
    wide = signed(exchange, WIDE)
    calls = Calls(chain, monkeypatch)
    first = calls.of(lambda: shared(exchange, wide))
    assert known(exchange) == 1
    again = calls.of(lambda: shared(exchange, wide))
    assert again <= first
    assert shared(exchange, wide) == 2


@pytest.mark.parametrize("rest", ["lapsed", "other signer"])
def test_what_rests_is_kept_and_costs_one_call_a_block(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    patient, calls = exchange.patient, Calls(chain, monkeypatch)
    alone = calls.of(lambda: shared(exchange, signed(exchange, WIDE)))
    until = chain.now() - 1 if rest == "lapsed" else None
    for _ in range(4):
        signed(exchange, NO_PSYCHIATRY, until=until)
    if rest == "other signer":
        exchange.patient = Account.create().acting_for(patient.identity)
        rotated = exchange.patient
        exchange.custodian.identities.control.rotate(patient.identity, rotated.address, by=patient)
    wide = signed(exchange, WIDE)
    for _ in range(3):
        assert calls.of(lambda: shared(exchange, wide)) <= alone + 4 + 2
    assert shared(exchange, wide) == 2
    assert known(exchange) == 6


def test_an_ended_epoch_asks_the_node_nothing_for_each_consent(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a theft: the thief signed as many as it liked, and the patient revoked all."""
    patient, calls = exchange.patient, Calls(chain, monkeypatch)
    alone = calls.of(lambda: shared(exchange, signed(exchange, WIDE)))
    for _ in range(20):
        signed(exchange, NO_PSYCHIATRY)
    exchange.custodian.consents.revoke_all(patient.identity, by=patient)
    wide = signed(exchange, WIDE)
    assert calls.of(lambda: shared(exchange, wide)) <= alone + 2


def test_the_victim_of_a_theft_grants_and_denies_again(exchange: Exchange, chain: Chain) -> None:
    """The thief with the patient's key signs consents without end and hands them in."""
    thief, hospital = exchange.patient, exchange.custodian
    for _ in range(3 * heard.MOST):
        assert hospital.records.heed(signed(exchange, NOTHING))
    exchange.patient = Account.create().acting_for(thief.identity)
    hospital.identities.control.rotate(thief.identity, exchange.patient.address, by=thief)
    hospital.consents.revoke_all(thief.identity, by=exchange.patient)

    wide = signed(exchange, WIDE)
    assert hospital.records.heed(wide)
    assert shared(exchange, wide) == 2
    signed(exchange, NO_PSYCHIATRY)
    assert shared(exchange, wide) == 1
    assert known(exchange) == 2


def test_a_registered_deny_outlives_its_signature(exchange: Exchange, chain: Chain) -> None:
    wide = signed(exchange, WIDE)
    deny = signed(exchange, NO_PSYCHIATRY, until=chain.now() + 100)
    exchange.custodian.consents.register(deny)
    advance(chain, 200)
    assert shared(exchange, signed(exchange, WIDE)) == 1
    assert exchange.custodian.records.consulting.known(deny.consent) is not None
    assert wide.deadline > chain.now()


def test_a_consent_under_way_to_the_chain_is_not_forgotten(exchange: Exchange) -> None:
    """Its signer is a delegate: until it is mined, the chain knows nothing of it."""
    under_way = signed(exchange, NO_PSYCHIATRY, by=Account.create())
    for _ in range(3):
        assert shared(exchange, signed(exchange, WIDE)) == 2
    assert exchange.custodian.records.consulting.known(under_way.consent) is not None


def test_to_keep_one_costs_the_same_beside_many(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard, "MOST", 512)
    records, calls = exchange.custodian.records, Calls(chain, monkeypatch)
    some = [signed(exchange, WIDE) for _ in range(40)]
    costs = [calls.of(lambda each=each: records.heed(each)) for each in some]
    assert max(costs[20:]) <= max(costs[:10])

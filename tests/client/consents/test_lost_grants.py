"""A deny is kept before it is sent: a lost answer never loses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Chain, development_account
from salus.chain.errors import SignerNotInControl
from salus.chain.sending.errors import TransactionRefused, TransactionUnknown
from salus.consents.documents import BatchedConsent, Consent
from salus.consents.errors import ConsentNotInForce
from salus.contracts.consents.errors import ConsentAlreadyGranted
from salus.errors import SalusError
from salus.identities.changes import add_delegate
from salus.records import consulting
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import advance

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))
PSYCHIATRY = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    made = Exchange.set_up(chain, development_account(8))
    made.add(b"note")
    made.add(b"depression", PSYCHIATRY)
    return made


def proposed(exchange: Exchange) -> Consent:
    grantee = exchange.grantee.account.identity
    consents = exchange.custodian.consents
    return consents.propose(exchange.patient.identity, grantee, NO_PSYCHIATRY)


def answer_lost(monkeypatch: pytest.MonkeyPatch, client: Any, act: Callable[[], object]) -> None:
    """The transaction is mined, and who sent it never learns."""
    send = client.send

    def silent(*what: Any, **how: Any) -> None:
        done = send(*what, **how)
        raise TransactionUnknown(transaction=done.hash, address="0x", url="node", reason="lost")

    with monkeypatch.context() as lost:
        lost.setattr(client, "send", silent)
        with pytest.raises(TransactionUnknown):
            act()


def shared(custodian: Salus, under: Any) -> int:
    return len(custodian.records.share(under, purpose="TREAT"))


def test_a_deny_that_a_delegate_registers_survives_a_lost_answer(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    custodian, patient = exchange.custodian, exchange.patient
    wide = exchange.consent(WIDE)
    assert shared(custodian, wide) == 2
    delegated = [add_delegate(custodian.account.identity, "consent/grant", lasting=600)]
    custodian.identities.changes.apply(patient.identity, delegated, by=patient)
    deny = proposed(exchange)

    answer_lost(monkeypatch, custodian.consents._registry, lambda: custodian.consents.grant(deny))

    with pytest.raises(ConsentAlreadyGranted):
        custodian.consents.grant(deny)
    assert shared(custodian, wide) == 1


def test_a_deny_of_a_batch_survives_a_lost_answer_for_good(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    custodian, patient = exchange.custodian, exchange.patient
    wide, deny = exchange.consent(WIDE), proposed(exchange)
    batch = lambda: custodian.consents.batches.grant([deny], by=patient)  # noqa: E731

    answer_lost(monkeypatch, custodian.anchors._client, batch)

    assert shared(custodian, wide) == 1
    monkeypatch.setattr(consulting, "APART", 0)
    advance(chain, 30 * 24 * 3600)
    assert shared(custodian, exchange.consent(WIDE)) == 1


def test_a_deny_that_the_registry_refuses_withholds_nothing(exchange: Exchange) -> None:
    wide = exchange.consent(WIDE)
    with pytest.raises(SalusError):
        exchange.custodian.consents.grant(proposed(exchange))  # it is no delegate
    assert shared(exchange.custodian, wide) == 2


def test_a_refused_batch_says_what_waits_and_each_is_revoked(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its leaves wait for the next batch, and none of it is in force: nothing of that is unseen."""
    custodian, patient = exchange.custodian, exchange.patient
    wide, deny, permit = exchange.consent(WIDE), proposed(exchange), exchange.consent(WIDE).consent
    consents = custodian.consents

    def refused(*what: Any, **how: Any) -> None:
        raise TransactionRefused(address=patient.identity, reason="the pool is full")

    with monkeypatch.context() as full:
        full.setattr(custodian.anchors._client, "send", refused)
        with pytest.raises(TransactionRefused) as caught:
            consents.batches.grant([deny, permit], by=patient)
    (note,) = caught.value.__notes__
    assert all("0x" + each.id.hex() in note for each in (deny, permit))
    assert shared(custodian, wide) == 2

    for each in (deny, permit):
        consents.revoke(patient.identity, each.id, by=patient)
    assert shared(custodian, wide) == 2
    later = exchange.consent(WIDE).consent
    (batched,) = consents.batches.grant([later], by=patient)  # what waited is anchored with it
    assert consents.checks.require(batched).consent == later
    proof = custodian.anchors.proofs.prove("consents", permit.id, issuer=patient.identity)
    with pytest.raises(ConsentNotInForce):
        consents.checks.require(BatchedConsent(permit, proof))
    assert shared(custodian, wide) == 2


def test_who_does_not_control_the_identity_signs_nothing_of_a_batch(exchange: Exchange) -> None:
    custodian, deny = exchange.custodian, proposed(exchange)
    with pytest.raises(SignerNotInControl):
        custodian.consents.batches.grant([deny])
    assert custodian.vault.heard.between(deny.patient, deny.grantee) == ()
    assert not custodian.anchors.log.holds("consents", deny.id, issuer=deny.patient)

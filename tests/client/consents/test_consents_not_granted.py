"""What failed to be granted is not in force: nobody is told of it, and nothing is shared by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.client.consents.test_lost_grants import (
    NO_PSYCHIATRY,
    PSYCHIATRY,
    WIDE,
    answer_lost,
    proposed,
    shared,
)
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import FeeTooHigh
from salus.consents import Consents
from salus.consents.documents import Consent, Presented, SignedConsent, read_consent
from salus.consents.errors import ConsentNotInForce
from salus.errors import SalusError
from salus.terms import Terms
from salus_verify.encoding import hex0x


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    made = Exchange.set_up(chain, development_account(8))
    made.add(b"note")
    made.add(b"depression", PSYCHIATRY)
    return made


class Counting:
    """A patient whose key is asked for each signature, as a passkey is."""

    def __init__(self, patient: Account) -> None:
        self._patient, self.touches = patient, 0

    def sign_typed_data(self, data: dict[str, Any]) -> bytes:
        self.touches += 1
        return self._patient.sign_typed_data(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._patient, name)


@contextmanager
def too_dear(chain: Chain) -> Iterator[None]:
    """Every transaction costs more than it may: none leaves this machine."""
    before = chain.spending.most
    chain.spending.most = 1
    try:
        yield
    finally:
        chain.spending.most = before


def told(exchange: Exchange) -> list[bytes]:
    """The consents in the grantee's inbox."""
    came = exchange.grantee.records.collect()
    return [each.consent.id for each in came.consents]


def kept(exchange: Exchange, consent: Consent) -> Presented | None:
    heard = exchange.custodian.vault.heard.find(consent.patient, consent.grantee, hex0x(consent.id))
    return None if heard is None else read_consent(heard.document)


def narrow(exchange: Exchange, terms: Terms = TREATMENT) -> Consent:
    grantee = exchange.grantee.account.identity
    return exchange.custodian.consents.propose(exchange.patient.identity, grantee, terms)


def written_first(consents: Consents, consent: Consent, by: Any) -> object:
    """As the command line does it, which has the document in a file before it registers it."""
    return consents.register(consents.sign(consent, by=by, keep=False), keep=False)


GRANTS: dict[str, Callable[[Consents, Consent, Any], object]] = {
    "batch": lambda consents, consent, by: consents.batches.grant([consent], by=by),
    "signed": lambda consents, consent, by: consents.grant(consent, by=by),
    "written first": written_first,
}


@pytest.mark.parametrize("grant", GRANTS.values(), ids=GRANTS)
def test_a_grant_that_never_left_is_neither_told_nor_counted_nor_kept_signed(
    exchange: Exchange, chain: Chain, grant: Callable[[Consents, Consent, Any], object]
) -> None:
    custodian, consent = exchange.custodian, narrow(exchange)
    wide = exchange.consent(WIDE)
    with too_dear(custodian.chain), pytest.raises(FeeTooHigh):
        grant(custodian.consents, consent, exchange.patient)
    assert shared(custodian, wide) == 2
    assert told(exchange) == [wide.consent.id]
    document = kept(exchange, consent)
    assert isinstance(document, SignedConsent)
    assert document.deadline == 0
    with pytest.raises(ConsentNotInForce):
        custodian.consents.checks.require(document)
    with pytest.raises(SalusError):
        exchange.grantee.consents.register(document)

    grant(custodian.consents, consent, exchange.patient)  # the price fell
    assert shared(custodian, wide) == 1
    came = exchange.grantee.records.collect().consents
    (shown,) = [each for each in came if each.consent.id == consent.id]
    assert exchange.grantee.consents.checks.require(shown).consent == consent


def test_a_change_that_never_left_leaves_the_old_consent_and_tells_nothing(
    exchange: Exchange,
) -> None:
    custodian, wide = exchange.custodian, exchange.consent(WIDE)
    with too_dear(custodian.chain), pytest.raises(FeeTooHigh):
        custodian.consents.change(wide, TREATMENT, by=exchange.patient)
    assert shared(custodian, wide) == 2
    assert told(exchange) == [wide.consent.id]
    changed = custodian.consents.change(wide, TREATMENT, by=exchange.patient)
    assert shared(custodian, changed) == 1
    with pytest.raises(ConsentNotInForce):
        custodian.consents.checks.require(wide)


def test_a_signature_that_may_have_left_counts_at_once(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever saw it on its way can hand it in: until it lapses the deny is in force."""
    custodian, deny, wide = exchange.custodian, proposed(exchange), exchange.consent(WIDE)
    honest = custodian.chain.rpc.attempt

    def silent(method: str, *params: Any) -> Any:
        if method == "eth_sendRawTransaction":
            raise ChainUnreachable(url="node", reason="the answer was lost")
        return honest(method, *params)

    with monkeypatch.context() as lost:
        lost.setattr(custodian.chain.rpc, "attempt", silent)
        with pytest.raises(ChainUnreachable):
            custodian.consents.grant(deny, by=exchange.patient)
    assert shared(custodian, wide) == 1


def test_a_batch_takes_one_touch_of_the_patient_s_key(exchange: Exchange) -> None:
    patient = Counting(exchange.patient)
    consents = [proposed(exchange), narrow(exchange), narrow(exchange, WIDE)]
    exchange.custodian.consents.batches.grant(consents, by=patient)
    assert patient.touches == 1


def test_a_deny_that_was_signed_before_stays_in_force_when_its_batch_fails(
    exchange: Exchange,
) -> None:
    custodian, wide = exchange.custodian, exchange.consent(WIDE)
    signed = exchange.consent(NO_PSYCHIATRY)
    for grant in GRANTS.values():
        with too_dear(custodian.chain), pytest.raises(FeeTooHigh):
            grant(custodian.consents, signed.consent, exchange.patient)
        assert kept(exchange, signed.consent) == signed
    assert shared(custodian, wide) == 1


def test_what_waited_counts_and_is_told_with_its_proof_once_another_batch_took_it_along(
    exchange: Exchange,
) -> None:
    custodian, wide, deny = exchange.custodian, exchange.consent(WIDE), proposed(exchange)
    with too_dear(custodian.chain), pytest.raises(FeeTooHigh):
        custodian.consents.batches.grant([deny], by=exchange.patient)
    assert shared(custodian, wide) == 2
    custodian.consents.batches.grant([narrow(exchange, WIDE)], by=exchange.patient)
    assert shared(custodian, wide) == 1
    came = exchange.grantee.records.collect().consents
    (shown,) = [each for each in came if each.consent.id == deny.id]
    assert exchange.grantee.consents.checks.require(shown).strength == "batched"


def test_a_batch_that_is_given_again_goes_on_and_adds_no_leaf_twice(exchange: Exchange) -> None:
    custodian, consents = exchange.custodian, [proposed(exchange), narrow(exchange)]
    with too_dear(custodian.chain), pytest.raises(FeeTooHigh):
        custodian.consents.batches.grant(consents, by=exchange.patient)
    for _ in range(2):
        batched = custodian.consents.batches.grant(consents, by=exchange.patient)
        assert [custodian.consents.checks.require(each).consent for each in batched] == consents
    leaves = custodian.anchors.log.leaves("consents", issuer=exchange.patient.identity)
    assert leaves == [each.id for each in consents]


def test_where_the_logs_were_lost_a_deny_that_may_be_anchored_withholds_and_is_not_told(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    custodian, wide, deny = exchange.custodian, exchange.consent(WIDE), proposed(exchange)
    batch = lambda: custodian.consents.batches.grant([deny], by=exchange.patient)  # noqa: E731
    answer_lost(monkeypatch, custodian.anchors._client, batch)
    logs = LogStore.open("memory:", chain_id=custodian.chain.chain_id)
    custodian = Salus(custodian.chain, account=custodian.account, vault=custodian.vault, logs=logs)
    assert shared(custodian, wide) == 1
    assert deny.id not in told(exchange)
    custodian.anchors.rebuild()
    assert shared(custodian, wide) == 1
    assert deny.id in told(exchange)

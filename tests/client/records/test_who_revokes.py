"""Who ends a consent on chain: an id alone is each patient's own."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus.chain import Account, Chain, development_account
from salus.consents.errors import UnknownConsent
from salus.primitives.errors import InvalidArgument
from salus.testing import fund


def test_who_is_not_the_patient_ends_no_consent_in_a_slot_of_its_own(chain: Chain) -> None:
    payer = development_account(8)
    exchange, delegate = Exchange.set_up(chain, payer), Account.create()
    fund(chain, delegate.address, payer=payer)
    fund(chain, exchange.patient.address, payer=payer)
    exchange.add(b"a note")
    consent, custodian = exchange.consent(), exchange.custodian
    patient, consent_id = exchange.patient.identity, consent.consent.id
    custodian.consents.register(consent)
    custodian.records.share(consent, purpose="TREAT")
    for whose in (None, delegate.identity):
        with pytest.raises(InvalidArgument, match="patient"):
            custodian.records.revoke(consent_id, by=delegate, patient=whose)
    status = custodian.consents.checks.status
    assert not status(delegate.identity, consent_id).revoked_at
    assert custodian.vault.database.given.all(consent="0x" + consent_id.hex())
    done = custodian.records.revoke(consent_id, by=exchange.patient)
    assert done.shared_keys
    assert done.on_chain
    assert status(patient, consent_id).revoked_at


def test_keys_alone_are_revoked_and_said_to_be(chain: Chain) -> None:
    payer = development_account(8)
    exchange = Exchange.set_up(chain, payer)
    exchange.add(b"a note")
    consent, custodian = exchange.consent(), exchange.custodian
    custodian.consents.register(consent)
    custodian.records.share(consent, purpose="TREAT")
    done = custodian.records.revoke(consent)
    assert done.shared_keys
    assert not done.on_chain
    assert custodian.consents.checks.require(consent)
    assert custodian.records.share(consent, purpose="TREAT")


def test_an_id_that_nobody_knows_is_not_ended_in_anybody_s_name(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    mistyped = b"\x0e" * 32
    with pytest.raises(UnknownConsent):
        exchange.custodian.records.revoke(mistyped, by=exchange.patient)
    status = exchange.custodian.consents.checks.status(exchange.patient.identity, mistyped)
    assert not status.revoked_at

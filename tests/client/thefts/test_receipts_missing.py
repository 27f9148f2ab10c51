"""Receipts that cannot be had: what went without them is told, and nothing is left out unsaid."""

from __future__ import annotations

import pytest
from tests.client.thefts.test_forged_records import PAYER, Theft, opened
from tests.support.exchange import Exchange

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain
from salus.errors import StorageError
from salus.records.errors import ReceiptsMissing
from salus.testing import fund


@pytest.fixture
def theft(chain: Chain) -> Theft:
    exchange = Exchange.set_up(chain, PAYER)
    return Theft(exchange, exchange.consent())


def elsewhere(hospital: Salus, logs: LogStore) -> Salus:
    """The hospital after its rotation, on a machine with another log store."""
    account = Account.create()
    fund(hospital.chain, account.address, payer=PAYER)
    hospital.identities.control.rotate(hospital.identity, account.address)
    return Salus(
        hospital.chain,
        account=account,
        vault=hospital.vault,
        logs=logs,
        identity=hospital.identity,
    )


def test_a_new_log_store_is_named_until_it_is_rebuilt(theft: Theft) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    late = exchange.add(b"true")
    theft.write(late, late.record, b"squatted")
    reader.records.collect()
    after = elsewhere(
        exchange.custodian, LogStore.open("memory:", chain_id=exchange.custodian.chain.chain_id)
    )
    after.thefts.clear(consents=False)
    with pytest.raises(ReceiptsMissing, match=r"anchors\.rebuild"):
        after.records.share(consent, purpose="TREAT", receipts=True)
    assert not list(after.vault.grants.given()), "nothing was given"

    after.records.share(consent, purpose="TREAT")
    name = f"0x{consent.consent.id.hex()}"
    sent = after.records.resend()
    assert (sent.shared, [each for each, _ in sent.unproven]) == ((name,), [name])
    assert sent.unproven[0][1].missing == 1
    reader.records.collect()
    assert opened(reader, late, consent) == b"squatted"

    after.anchors.rebuild()
    sent = after.records.resend()
    assert (sent.shared, sent.unproven) == ((name,), ())
    reader.records.collect()
    assert opened(reader, late, consent) == b"true"


def test_sharing_needs_no_log_and_what_needs_one_tells_why(theft: Theft) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    manifest = exchange.add(b"true")
    logs = LogStore.open("memory:", chain_id=exchange.custodian.chain.chain_id)
    after = elsewhere(exchange.custodian, logs)
    logs.close()
    assert after.records.share(consent, purpose="TREAT") == (manifest,)
    with pytest.raises(ReceiptsMissing, match="was closed") as refused:
        after.records.share(consent, purpose="TREAT", receipts=True)
    assert isinstance(refused.value.why, StorageError)
    sent = after.records.resend()
    assert (len(sent.shared), len(sent.unproven)) == (1, 1)
    reader.records.collect()
    assert opened(reader, manifest, consent) == b"true"

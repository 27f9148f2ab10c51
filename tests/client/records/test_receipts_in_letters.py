"""Receipts that come in letters: what asking about them costs, and what goes along when."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.exchange import TREATMENT, Exchange

from salus.chain import Account, Chain, development_account
from salus.records.provenance import InLog
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.testing import fund, participant
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus_verify.errors import ReceiptMismatch
from salus_verify.receipt import Receipt

PAYER = development_account(8)


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, PAYER)


def counted(chain: Chain, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many questions a node is asked."""
    asked = 0
    request = chain.rpc.request

    def count(*args: object, **named: object) -> object:
        nonlocal asked
        asked += 1
        return request(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(chain.rpc, "request", count)
        act()
    return asked


def passed_on(exchange: Exchange, records: int) -> None:
    """Somebody passes on records of another, with receipts of one checkpoint."""
    chain, issuer = exchange.custodian.chain, exchange.custodian
    account, patient = Account.create(), Account.create()
    fund(chain, account.address, payer=PAYER)
    sender = participant(chain, account, storage=exchange.storage, inbox=True)
    proposed = sender.consents.propose(patient.identity, exchange.grantee.identity, TREATMENT)
    consent = sender.consents.sign(proposed, by=patient)
    manifests = [exchange.add(b"%d" % n) for n in range(records)]
    receipts = issuer.records.proving.receipts(manifests)
    keys, pointers = [], []
    for each in manifests:
        key = issuer.vault.keyring.key_in_store(each.issuer, each.record, each.version)
        keys.append(GivenKey("record", key.key_id, key.secret))
        receipt = receipts[each.record, each.version]
        pointers.append(Pointer(each.to_document(), receipt=receipt))
    inbox, document = sender.mail.directory.find(exchange.grantee.identity)
    sender.mail.post(inbox, TERMS, consent.to_json().encode(), document)
    body = Parcel(tuple(keys), tuple(pointers), f"0x{proposed.id.hex()}").to_bytes()
    sender.mail.post(inbox, PARCEL, body, document)


def test_each_checkpoint_is_asked_about_once_a_collection(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_on(exchange, 12)
    reader = exchange.grantee
    first = counted(reader.chain, reader.records.collect, monkeypatch)
    assert len(list(reader.records.received)) == 12
    other = Exchange.set_up(reader.chain, PAYER)
    passed_on(other, 1)
    one = counted(reader.chain, other.grantee.records.collect, monkeypatch)
    assert first <= one


def test_a_checkpoint_that_stands_proves_no_other_leaf(exchange: Exchange) -> None:
    one, two = exchange.add(b"one"), exchange.add(b"two")
    issuer = exchange.custodian
    shown = issuer.records.proving.receipts([one, two])
    in_log = InLog(issuer.anchors)
    name = (one.record, one.version)
    in_log(issuer.identity, issuer.vault.opening(one), shown[name])
    with pytest.raises(ReceiptMismatch):
        in_log(issuer.identity, issuer.vault.opening(two), shown[name])


def test_receipts_go_along_with_resend_and_hold_for_who_has_a_node(exchange: Exchange) -> None:
    manifest, issuer, reader = exchange.add(b"note"), exchange.custodian, exchange.grantee
    issuer.records.share(exchange.consent(), purpose="TREAT")
    reader.records.collect()
    assert reader.vault.readers.provenance(manifest) == (issuer.account.signer, b"")
    issuer.records.resend()
    reader.records.collect()
    by, receipt = reader.vault.readers.provenance(manifest)
    assert by == issuer.account.signer
    assert Receipt.from_json(receipt).opening == reader.vault.opening(manifest)


def test_what_is_not_anchored_goes_without_a_receipt(exchange: Exchange) -> None:
    anchored = exchange.add(b"anchored")
    pending = exchange.custodian.vault.add(
        b"pending",
        compartment=exchange.custodian.vault.keyring.compartments.all()[0].compartment,
        media_type="text/plain",
        created_at=5,
    ).manifest
    shown = exchange.custodian.records.proving.receipts([pending, anchored])
    assert list(shown) == [(anchored.record, 1)]

"""A forged record that the thief anchored through the issuer's own log store, and the way out."""

from __future__ import annotations

import pytest
from tests.client.thefts.test_forged_records import PAYER, SAID, Theft, opened, rotated
from tests.support.exchange import Exchange

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Chain
from salus.records.proving import RECORDS_STREAM
from salus.records.sharing import PARCEL
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.errors import ForkedManifest


@pytest.fixture
def theft(chain: Chain) -> Theft:
    exchange = Exchange.set_up(chain, PAYER)
    return Theft(exchange, exchange.consent())


def test_disowned_by_a_new_log_the_true_record_comes_in_its_place(
    theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    hospital, chain = exchange.custodian, exchange.custodian.chain
    late = exchange.add(b"true")
    forged = theft.write(late, late.record, b"squatted")
    reader.records.collect()
    key = reader.vault.keyring.key_in_store(forged.issuer, forged.record, forged.version)
    thief = Salus(chain, account=hospital.account, logs=hospital.anchors._logs)
    leaf = reader.vault.opening(forged).leaf()
    thief.anchors.append(RECORDS_STREAM, [leaf])
    with monkeypatch.context() as patch:
        patch.setattr(hospital.vault, "opening", reader.vault.opening)
        receipt = hospital.records.proving.receipts([forged])[forged.record, forged.version]
    given = GivenKey("record", forged.blob.key_id, key.secret)
    pointer = Pointer(forged.to_document(), facts=SAID, receipt=receipt)
    theft.post(PARCEL, Parcel((given,), (pointer,), f"0x{consent.consent.id.hex()}").to_bytes())
    reader.records.collect()

    after = rotated(hospital)
    after.records.share(consent, purpose="TREAT")
    assert {type(each) for each in reader.records.collect().problems} == {ForkedManifest}
    (missing,) = (e for e in after.records.check().findings if e.kind == "missing records")
    for word in ("somebody else anchored", "anchors rebuild --disown", "records resend"):
        assert word in str(missing)

    mended = Salus(
        chain,
        account=after.account,
        vault=after.vault,
        logs=LogStore.open("memory:", chain_id=chain.chain_id),
        identity=after.identity,
    )
    mended.anchors.rebuild(disown=True)
    assert mended.records.resend().unproven == ()
    reader.records.collect()
    assert opened(reader, late, consent) == b"true"
    assert not [e for e in mended.records.check().findings if e.kind == "missing records"]

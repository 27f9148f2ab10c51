"""A forged record that the thief anchored through the issuer's own log store, and the way out."""

from __future__ import annotations

import os

import pytest
from tests.client.thefts.test_forged_records import PAYER, SAID, Theft, opened, rotated
from tests.support.exchange import Exchange

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Chain
from salus.records.errors import DisownedRecord
from salus.records.proving import RECORDS_STREAM
from salus.records.sharing import PARCEL
from salus.vault.documents.manifest import Manifest
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
    hospital = exchange.custodian
    late = exchange.add(b"true")
    _anchored(theft, late, late.record, b"squatted", monkeypatch)

    after = rotated(hospital)
    after.records.share(consent, purpose="TREAT")
    assert {type(each) for each in reader.records.collect().problems} == {ForkedManifest}
    (missing,) = (e for e in after.records.check().findings if e.kind == "missing records")
    for word in ("somebody else anchored", "anchors.rebuild(disown=True)", "records.resend()"):
        assert word in str(missing)

    mended = _disowning(after)
    assert mended.records.resend().unproven == ()
    reader.records.collect()
    assert opened(reader, late, consent) == b"true"
    assert not [e for e in mended.records.check().findings if e.kind == "missing records"]


def _anchored(
    theft: Theft, like: Manifest, record: bytes, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> Manifest:
    """Forge a record, anchor it through the hospital's own log, and send it with the receipt."""
    reader, hospital = theft.exchange.grantee, theft.exchange.custodian
    forged = theft.write(like, record, text)
    reader.records.collect()
    key = reader.vault.keyring.key_in_store(forged.issuer, forged.record, forged.version)
    thief = Salus(hospital.chain, account=hospital.account, logs=hospital.anchors._logs)
    thief.anchors.append(RECORDS_STREAM, [reader.vault.opening(forged).leaf()])
    with monkeypatch.context() as patch:
        patch.setattr(hospital.vault, "opening", reader.vault.opening)
        receipt = hospital.records.proving.receipts([forged])[forged.record, forged.version]
    given = GivenKey("record", forged.blob.key_id, key.secret)
    pointer = Pointer(forged.to_document(), facts=SAID, receipt=receipt)
    consent = f"0x{theft.consent.consent.id.hex()}"
    theft.post(PARCEL, Parcel((given,), (pointer,), consent).to_bytes())
    reader.records.collect()
    return forged


def _disowning(after: Salus) -> Salus:
    """The hospital with a new log store, as `check` advises, once it disowned the thief's."""
    logs = LogStore.open("memory:", chain_id=after.chain.chain_id)
    mended = Salus(
        after.chain, account=after.account, vault=after.vault, logs=logs, identity=after.identity
    )
    mended.anchors.rebuild(disown=True)
    return mended


def test_a_reader_is_told_of_what_was_disowned_by_letter_by_check_and_where_it_opens(
    theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    wanted = exchange.add(b"true")
    exchange.custodian.records.share(consent, purpose="TREAT")
    letter_only = theft.write(wanted, os.urandom(16), b"made up, and never anchored")
    forged = _anchored(theft, wanted, os.urandom(16), b"made up", monkeypatch)
    assert opened(reader, forged, consent) == b"made up"
    assert reader.records.check().sound

    after = rotated(exchange.custodian)
    assert after.records.resend().unproven == ()
    assert reader.records.collect().unproven == ()  # nobody disowned anything yet
    assert _disowning(after).records.resend().unproven == ()

    # Before the letters come, by the chain alone:
    with pytest.raises(DisownedRecord, match=forged.record_id):
        opened(reader, forged, consent)
    with pytest.raises(DisownedRecord, match=r"records\.received\.drop"):
        reader.records.read(forged, under=consent, purpose="TREAT")
    (told,) = (e for e in reader.records.check().findings if e.kind == "unproven records")
    assert told.subject == after.identity
    assert forged.record_id in told.detail
    # What no receipt ever showed opens still: it may be a true one that was not sent again.
    assert opened(reader, letter_only, consent) == b"made up, and never anchored"

    came = reader.records.collect()
    doubtful = {each.manifest.record for each in came.unproven}
    assert doubtful == {forged.record, letter_only.record}
    assert opened(reader, wanted, consent) == b"true"
    kept = reader.records.open(forged, under=consent, purpose="TREAT", disowned=True)
    assert kept == b"made up"
    for each in came.unproven:
        reader.records.received.drop(each.manifest)
    assert reader.records.check().sound
    assert opened(reader, wanted, consent) == b"true"


def test_what_a_thief_in_control_disowns_is_its_issuers_again_after_the_recovery(
    theft: Theft,
) -> None:
    """Nothing of it is stored: the chain is asked each time."""
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    wanted = exchange.add(b"true")
    exchange.custodian.records.share(consent, purpose="TREAT", receipts=True)
    reader.records.collect()
    before = exchange.custodian.anchors._logs
    robbed = rotated(exchange.custodian)  # the thief gives the identity to another key of its own
    thief = Salus(
        robbed.chain,
        account=robbed.account,
        logs=LogStore.open("memory:", chain_id=robbed.chain.chain_id),
        identity=robbed.identity,
    )
    thief.anchors.rebuild(disown=True)
    thief.anchors.append(RECORDS_STREAM, [os.urandom(32)])
    with pytest.raises(DisownedRecord):
        opened(reader, wanted, consent)
    back = rotated(robbed)
    mended = Salus(
        back.chain, account=back.account, vault=back.vault, logs=before, identity=back.identity
    )
    mended.anchors.rebuild(disown=True)
    mended.records.resend()
    reader.records.collect()
    assert opened(reader, wanted, consent) == b"true"
    assert reader.records.check().sound

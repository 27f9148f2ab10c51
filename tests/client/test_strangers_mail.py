"""Records that nobody consented to: they are not taken in, and fill no key store."""

from __future__ import annotations

from dataclasses import dataclass

from exchange import Exchange

from salus import Salus
from salus.chain import Chain, development_account
from salus.errors import UnaskedRecord
from salus.records.mail import PARCEL, TERMS
from salus.vault import Inbox, KeyDocument


@dataclass
class Sender:
    """Somebody who leaves letters past the client."""

    by: Salus
    inbox: Inbox
    to: KeyDocument

    def __call__(self, kind: str, body: bytes) -> None:
        chain = self.by.chain
        self.inbox.send(
            kind,
            body,
            author=self.by.account,
            recipient=self.to,
            chain_id=chain.chain_id,
            sent_at=chain.now(),
        )


def test_a_record_without_a_consent_that_names_the_reader_is_not_taken_in(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    stranger, reader = exchange.custodian, exchange.grantee
    record = exchange.add(bytes(1000)).record_id
    inbox, document = stranger.records.directory.find(reader.account.identity)
    parcel = stranger.vault.share_record(record, document, consent="0x" + "77" * 32)
    Sender(stranger, inbox, document)(PARCEL, parcel.to_bytes())
    assert reader.records.collect().manifests == ()
    assert reader.vault.keystore.records(stranger.account.identity.lower()) == []


def test_records_wait_for_the_consent_and_come_in_once_their_sender_showed_it(
    chain: Chain,
) -> None:
    """The parcel is there before the consent: it waits, and is not refused for good."""
    exchange = Exchange.set_up(chain, development_account(8))
    custodian, reader = exchange.custodian, exchange.grantee
    record = exchange.add(b"a note").record_id
    consent = exchange.consent()
    shown = "0x" + consent.consent.id.hex()
    inbox, document = custodian.records.directory.find(reader.account.identity)
    parcel = custodian.vault.share_record(record, document, consent=shown)
    send = Sender(custodian, inbox, document)
    send(PARCEL, parcel.to_bytes())
    first = reader.records.collect()
    assert [type(each) for each in first.problems] == [UnaskedRecord]
    assert (first.manifests, first.refused, len(first.unasked)) == ((), (), 1)
    send(TERMS, consent.to_json().encode())
    second = reader.records.collect()
    assert [each.record_id for each in second.manifests] == [record]
    assert (second.problems, second.unasked) == ((), ())
    assert reader.records.open(second.manifests[0], under=consent, purpose="TREAT") == b"a note"


def test_who_merely_knows_of_a_consent_brings_nothing_and_is_dropped(chain: Chain) -> None:
    """Its id stands on chain: whoever shows the document and signs for it may write, no other."""
    exchange = Exchange.set_up(chain, development_account(8))
    others = Exchange.set_up(chain, development_account(8))
    consent = exchange.consent()
    exchange.add(b"a note")
    exchange.custodian.records.share(consent, purpose="TREAT")
    reader, stranger = exchange.grantee, others.custodian
    assert len(reader.records.collect().manifests) == 1
    record = others.add(bytes(1000)).record_id
    inbox, document = stranger.records.directory.find(reader.account.identity)
    parcel = stranger.vault.share_record(record, document, consent="0x" + consent.consent.id.hex())
    Sender(stranger, inbox, document)(PARCEL, parcel.to_bytes())
    came = reader.records.collect()
    assert len(came.unasked) == 1
    assert reader.vault.keystore.records(stranger.account.identity.lower()) == []
    reader.records.discard(came, refused=True)
    assert reader.records.collect().problems == ()

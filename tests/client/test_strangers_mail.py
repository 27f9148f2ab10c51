"""Records that nobody consented to: they are not taken in, and fill no key store."""

from __future__ import annotations

import pytest
from exchange import Exchange

from salus.chain import Chain, development_account
from salus.records.mail import PARCEL


@pytest.mark.xfail(strict=True, reason="parcels are taken in whatever consent they name")
def test_a_record_without_a_consent_that_names_the_reader_is_not_taken_in(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    stranger, reader = exchange.custodian, exchange.grantee
    record = exchange.add(bytes(1000)).record_id
    inbox, document = stranger.records.directory.find(reader.account.identity)
    parcel = stranger.vault.share_record(record, document, consent="0x" + "77" * 32)
    inbox.send(
        PARCEL,
        parcel.to_bytes(),
        author=stranger.account,
        recipient=document,
        chain_id=chain.chain_id,
        sent_at=chain.now(),
    )
    assert reader.records.collect().manifests == ()
    assert reader.vault.keystore.records(stranger.account.identity.lower()) == []

"""A custodian erases, and the readers that it had are told: present and former ones."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus.chain import Chain, development_account
from salus.mail.directory import verifier
from salus.records.erasing import ERASURE
from salus.records.sharing import PARCEL
from salus.vault import IdentityKeys
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel
from salus.vault.errors import ForgedSignature, InboxOutOfReach, KeyChanged, RecordErased
from salus.vault.letters.allowlist import InboxAllowlist


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def share(exchange: Exchange) -> tuple[Manifest, Manifest]:
    """Two records of one compartment, shared and not collected yet."""
    records = exchange.add(b"erased later"), exchange.add(b"kept")
    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    return records


def test_a_reader_that_is_told_destroys_what_it_had(exchange: Exchange) -> None:
    gone, kept = share(exchange)
    exchange.grantee.records.collect()
    erased = exchange.custodian.records.erase(gone.record_id)

    came = exchange.grantee.records.collect()

    assert erased.told == (exchange.grantee.account.identity,)
    assert erased.untold == ()
    assert [each.record for each in came.erased] == [gone.record]
    assert [each.record for each in came.manifests] == [kept.record]
    with pytest.raises(RecordErased):
        exchange.grantee.vault.open(gone)
    assert exchange.grantee.vault.open(kept).read() == b"kept"


def test_what_lies_in_the_inbox_with_an_erased_record_is_not_lost(exchange: Exchange) -> None:
    gone, kept = share(exchange)
    exchange.custodian.records.erase(gone.record_id)

    came = exchange.grantee.records.collect()

    assert [each.record for each in came.manifests] == [kept.record]
    assert came.problems == exchange.grantee.records.collect().problems == ()
    assert exchange.grantee.vault.manifests(issuer=kept.issuer) == [kept]
    assert exchange.grantee.vault.open(kept).read() == b"kept"
    with pytest.raises(RecordErased):
        exchange.grantee.vault.open(gone)


def test_the_inbox_of_a_reader_that_is_told_no_longer_holds_the_key(exchange: Exchange) -> None:
    gone, _ = share(exchange)
    grantee = exchange.grantee
    inbox, _ = grantee.mail.directory.find(grantee.account.identity)
    grantee.records.collect()
    exchange.custodian.records.erase(gone.record_id)
    grantee.records.collect()
    verify = verifier(grantee.chain)
    letters = [inbox.open(each, grantee.vault.keys, verify=verify) for each in inbox.list()]
    parcels = [Parcel.parse(each.body) for each in letters if each.kind == PARCEL]
    assert parcels
    assert not any(parcel.pointers for parcel in parcels)


def test_a_former_reader_is_told_too(exchange: Exchange) -> None:
    record = exchange.add(b"read before it was revoked")
    consent = exchange.consent()
    exchange.custodian.records.share(consent, purpose="TREAT")
    exchange.grantee.records.collect()
    exchange.custodian.records.revoke(consent.consent.id)

    erased = exchange.custodian.records.erase(record.record_id)

    assert erased.told == (exchange.grantee.account.identity,)
    assert [each.record for each in exchange.grantee.records.collect().erased] == [record.record]


def test_nobody_but_its_issuer_has_a_record_forgotten(exchange: Exchange, chain: Chain) -> None:
    stranger = Exchange.set_up(chain, development_account(8)).custodian
    record, _ = share(exchange)
    exchange.grantee.records.collect()
    inbox, document = stranger.mail.directory.find(exchange.grantee.account.identity)
    notice = ErasureNotice(record.issuer, chain.chain_id, record.record, chain.now())
    inbox.send(
        ERASURE,
        notice.to_bytes(),
        author=stranger.account,
        recipient=document,
        chain_id=chain.chain_id,
        sent_at=chain.now(),
    )

    came = exchange.grantee.records.collect()

    assert [type(each) for each in came.problems] == [ForgedSignature]
    assert len(came.refused) == 1
    assert exchange.grantee.vault.open(record).read() == b"erased later"


def test_who_cannot_be_told_is_named_and_told_the_next_time(exchange: Exchange) -> None:
    record, _ = share(exchange)
    directory = exchange.custodian.mail.directory
    allowed, directory._inboxes = directory._inboxes, InboxAllowlist(("s3://elsewhere",))

    erased = exchange.custodian.records.erase(record.record_id)

    assert erased.told == ()
    [(reader, problem)] = erased.untold
    assert reader == exchange.grantee.account.identity
    assert isinstance(problem, InboxOutOfReach)
    with pytest.raises(RecordErased):
        exchange.custodian.vault.open(record)
    directory._inboxes = allowed
    assert exchange.custodian.records.erase(record.record_id).told == (reader,)


def test_a_reader_whose_key_changed_is_told_once_the_key_is_accepted(exchange: Exchange) -> None:
    record, _ = share(exchange)
    grantee, custodian = exchange.grantee, exchange.custodian
    inbox, _ = grantee.mail.directory.find(grantee.account.identity)
    other = IdentityKeys.generate(grantee.account.identity, created_at=1)
    grantee.mail.directory.announce(other.document, inbox.url)

    [(_, problem)] = custodian.records.erase(record.record_id).untold

    assert isinstance(problem, KeyChanged)
    custodian.vault.contacts.accept(other.document)
    assert custodian.records.erase(record.record_id).told == (grantee.account.identity,)

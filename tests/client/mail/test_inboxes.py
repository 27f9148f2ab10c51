"""What lies in an inbox is taken in, in order, whatever lies beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.exchange import NOTE, Exchange

from salus.chain import Account, Chain, development_account
from salus.consents.documents import read_consent
from salus.consents.errors import MalformedConsent
from salus.consents.folder import ConsentFolder
from salus.mail import receiving as mail
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.vault import IdentityKeys
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel
from salus.vault.errors import (
    ForgedSignature,
    MalformedMessage,
    WrongRecipient,
)
from salus.vault.letters.inbox import Inbox


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def inbox_of(exchange: Exchange) -> Inbox:
    directory = exchange.grantee.mail.directory
    return directory.find(exchange.grantee.account.identity)[0]


def test_garbage_foreign_and_forged_messages_do_not_hide_the_rest(exchange: Exchange) -> None:
    exchange.add(b"note")
    signed = exchange.consent()
    exchange.custodian.records.share(signed, purpose="TREAT")
    inbox = inbox_of(exchange)
    _, document = exchange.grantee.mail.directory.find(exchange.grantee.account.identity)
    inbox.deliver(b"garbage")
    stranger = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    now, chain_id = exchange.custodian.chain.now(), exchange.custodian.chain.chain_id
    letter = {"author": exchange.custodian.account, "chain_id": chain_id, "sent_at": now}
    inbox.send(TERMS, b"{}", recipient=stranger.document, **letter)
    inbox.send(TERMS, b"not a consent", recipient=document, **letter)

    class Impostor:
        identity, signer = exchange.custodian.account.identity, exchange.custodian.account.signer

        @staticmethod
        def sign_typed_data(typed: object) -> bytes:
            return Account.create().sign_typed_data(typed)  # type: ignore[arg-type]

    inbox.send(TERMS, b"{}", recipient=document, **{**letter, "author": Impostor()})

    came = exchange.grantee.records.collect()

    assert (len(came.manifests), came.consents) == (1, (signed,))
    assert sorted(type(each).__name__ for each in came.problems) == [
        each.__name__
        for each in (ForgedSignature, MalformedConsent, MalformedMessage, WrongRecipient)
    ]
    assert len(came.refused) == 4


def test_discards_what_was_taken_in_and_keeps_the_rest(exchange: Exchange) -> None:
    exchange.add(b"note")
    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    inbox = inbox_of(exchange)
    garbage = inbox.deliver(b"garbage")
    came = exchange.grantee.records.collect()

    assert exchange.grantee.records.discard(came) == len(came.taken) > 1
    assert inbox.list() == [garbage]
    assert exchange.grantee.records.discard(came, refused=True) == 1
    assert inbox.list() == []
    assert len(exchange.grantee.vault.manifests(issuer=exchange.custodian.account.identity)) == 1


def test_collecting_twice_changes_nothing(exchange: Exchange) -> None:
    exchange.add(b"note")
    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    first, second = (exchange.grantee.records.collect() for _ in range(2))
    assert set(second.taken) == set(first.taken)
    assert (second.consents, second.manifests) == (first.consents, first.manifests)
    assert second.problems == ()


def test_two_versions_are_collected_in_the_order_in_which_they_were_sent(
    exchange: Exchange,
) -> None:
    signed = exchange.consent()
    manifest = exchange.add(b"one")
    exchange.custodian.records.share(signed, purpose="TREAT")
    exchange.custodian.records.add(
        b"two", patient=exchange.patient.identity, about=NOTE, record=manifest.record_id
    )
    exchange.custodian.records.share(signed, purpose="TREAT")

    came = exchange.grantee.records.collect()

    assert came.problems == ()
    assert {each.version for each in came.manifests} == {1, 2}


def test_older_versions_are_sent_before_newer_ones(exchange: Exchange) -> None:
    """Each revocation starts another key; each version of this record is under another one."""
    first = exchange.consent()
    manifest = exchange.add(b"one")
    for content in (b"two", b"three", b"four"):
        exchange.custodian.records.share(first, purpose="TREAT")
        exchange.custodian.records.revoke(first.consent.id)
        exchange.custodian.records.add(
            content, patient=exchange.patient.identity, about=NOTE, record=manifest.record_id
        )
    grantee = exchange.grantee
    inbox = inbox_of(exchange)
    for message_id in inbox.list():
        inbox.delete(message_id)

    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")

    letters = [inbox.open(each, grantee.vault.keys, verify=_all) for each in inbox.list()]
    pointers = [
        pointer
        for each in letters
        if each.kind == PARCEL
        for pointer in Parcel.parse(each.body).pointers
    ]
    versions = [Manifest.parse(each.manifest).version for each in pointers]
    assert versions == [1, 2, 3, 4]


def _all(*_: object) -> bool:
    return True


def test_a_large_inbox_is_collected_in_runs(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "RUN_LIMIT", 1)
    exchange.add(b"note")
    signed = exchange.consent()
    exchange.custodian.records.share(signed, purpose="TREAT")
    records = exchange.grantee.records

    first = records.collect()
    second = records.collect(after=first)
    third = records.collect(after=second)

    assert (len(first.left), len(second.left), len(third.left)) == (2, 1, 0)
    runs = (first, second, third)
    assert [each for run in runs for each in run.consents] == [signed]
    assert sum(len(run.manifests) for run in runs) == 1


# Consents that are kept --------------------------------------------------------------------------


def test_a_copy_under_another_signature_replaces_no_good_consent(
    exchange: Exchange, tmp_path: Path
) -> None:
    """Whoever knows a consent can send it again; who collects keeps the one that counts."""
    good, reader = exchange.consent(), exchange.grantee
    folder = ConsentFolder(tmp_path, reader.consents.checks)
    copy = reader.consents.sign(good.consent, by=Account.create())
    assert copy.consent.id == good.consent.id

    kept = []
    for came in (copy, good, copy, good):
        path = folder.keep(came)
        kept.append(read_consent(path.read_bytes()))
    assert kept == [copy, good, good, good]
    assert reader.consents.checks.require(read_consent(path.read_bytes())).strength == "signed"


def test_of_two_consents_that_are_not_in_force_the_first_stays(
    exchange: Exchange, tmp_path: Path
) -> None:
    good, reader = exchange.consent(), exchange.grantee
    folder = ConsentFolder(tmp_path, reader.consents.checks)
    copies = [reader.consents.sign(good.consent, by=Account.create()) for _ in range(2)]
    for came in copies:
        path = folder.keep(came)
    assert read_consent(path.read_bytes()) == copies[0]

    path.write_bytes(b"no consent")
    folder.keep(good)
    assert read_consent(path.read_bytes()) == good

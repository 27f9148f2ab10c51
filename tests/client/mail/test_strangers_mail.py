"""Records that nobody consented to: they are not taken in, and fill no key database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.support.exchange import Exchange
from tests.support.sharing import share_record

from salus import Salus
from salus.chain import Chain, development_account
from salus.mail import letter_kinds
from salus.mail.errors import SenderOverMeasure
from salus.primitives.errors import InvalidArgument, StorageUnavailable
from salus.primitives.fence import FeatureFailed
from salus.records.erasing import ERASURE
from salus.records.errors import UnaskedRecord
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.vault import KeyDocument
from salus.vault.database.errors import TransactionOpen
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.errors import RecordErased
from salus.vault.letters.inbox import Inbox
from salus.vault.letters.letters import Letter


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
    inbox, document = stranger.mail.directory.find(reader.account.identity)
    parcel = share_record(stranger.vault, record, document, consent="0x" + "77" * 32)
    Sender(stranger, inbox, document)(PARCEL, parcel.to_bytes())
    assert reader.records.collect().manifests == ()
    assert reader.vault.database.records.all(stranger.account.identity) == []


def test_records_wait_for_the_consent_and_come_in_once_their_sender_showed_it(
    chain: Chain,
) -> None:
    """The parcel is there before the consent: it waits, and is not refused for good."""
    exchange = Exchange.set_up(chain, development_account(8))
    custodian, reader = exchange.custodian, exchange.grantee
    record = exchange.add(b"a note").record_id
    consent = exchange.consent()
    shown = "0x" + consent.consent.id.hex()
    inbox, document = custodian.mail.directory.find(reader.account.identity)
    parcel = share_record(custodian.vault, record, document, consent=shown)
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
    inbox, document = stranger.mail.directory.find(reader.account.identity)
    parcel = share_record(stranger.vault, record, document, consent="0x" + consent.consent.id.hex())
    Sender(stranger, inbox, document)(PARCEL, parcel.to_bytes())
    came = reader.records.collect()
    assert len(came.unasked) == 1
    assert reader.vault.database.records.all(stranger.account.identity) == []
    reader.records.discard(came, refused=True)
    assert reader.records.collect().problems == ()


def test_a_strangers_notices_of_erasure_fill_no_key_database(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    stranger, reader = exchange.custodian, exchange.grantee
    send = Sender(stranger, *stranger.mail.directory.find(reader.account.identity))
    who = stranger.account.identity
    for number in range(3):
        notice = ErasureNotice(who, chain.chain_id, bytes([number] * 16), chain.now())
        send(ERASURE, notice.to_bytes())
    came = reader.records.collect()
    assert (came.taken, len(came.unasked)) == ((), 3)
    assert reader.vault.database.erasures.all(who) == []
    assert reader.records.discard(came) == 0
    assert reader.records.discard(came, refused=True) == 3


def test_a_registered_kind_is_handled_once_and_each_sender_has_its_measure(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_kinds, "MEASURE", 4096)
    exchange = Exchange.set_up(chain, development_account(8))
    loud, reader = exchange.custodian, exchange.grantee
    quiet = Exchange.set_up(chain, development_account(8)).custodian
    came: list[tuple[str, bytes]] = []
    reader.mail.letters.register("recall", lambda letter: came.append((letter.sender, letter.body)))
    for number in range(3):
        by_loud = Sender(loud, *loud.mail.directory.find(reader.account.identity))
        by_loud("recall", bytes([number]) * 2000)
    Sender(quiet, by_loud.inbox, by_loud.to)("recall", b"lot 7")
    first = reader.records.collect()
    assert (len(first.taken), len(first.unasked)) == (3, 1)
    assert [type(each) for each in first.problems] == [SenderOverMeasure]
    assert (quiet.account.identity, b"lot 7") in came
    reader.records.discard(first)
    reader.records.collect()
    assert len(came) == 3
    reader.mail.letters.renew(loud.account.identity)
    reader.records.discard(reader.records.collect())
    assert len(came) == 4
    assert by_loud.inbox.list() == []


def test_a_letter_that_lies_in_the_inbox_still_is_handled_once_whatever_the_measure(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_kinds, "MEASURE", 4096)
    exchange = Exchange.set_up(chain, development_account(8))
    sender, reader = exchange.custodian, exchange.grantee
    came: list[bytes] = []
    reader.mail.letters.register("recall", lambda letter: came.append(letter.body))
    send = Sender(sender, *sender.mail.directory.find(reader.account.identity))
    for number in range(3):
        send("recall", bytes([number]) * 4000)
        first = reader.records.collect()
        reader.mail.letters.renew(sender.account.identity)
        assert len(first.taken) == number + 1
        assert len(came) == number + 1
    reader.records.discard(first)
    send("recall", b"lot 8")
    reader.records.collect()
    assert came[3:] == [b"lot 8"]
    notes = reader.vault.notebook("letters read").get(sender.account.identity)
    assert (len(notes["ids"]), notes["before"]) == (1, []), "what is deleted is not remembered"


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (StorageUnavailable("memory:", "for once"), "for once"),
        (InvalidArgument("lot", "known"), "known"),
        (KeyError("Mr Smith"), "KeyError"),
    ],
)
def test_a_handler_that_fails_stops_no_other_letter_and_its_letter_comes_again(
    chain: Chain, problem: Exception, told: str
) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    sender, reader = exchange.custodian, exchange.grantee
    came, broken = list[bytes](), [True]

    def handle(letter: Letter) -> None:
        came.append(letter.digest)
        if broken[0]:
            raise problem

    reader.mail.letters.register("recall", handle)
    send = Sender(sender, *sender.mail.directory.find(reader.account.identity))
    send("recall", b"lot 7")
    exchange.add(b"a note")
    sender.records.share(exchange.consent(), purpose="TREAT")
    first = reader.records.collect()
    assert len(first.manifests) == 1
    assert [type(each) for each in first.problems] == [FeatureFailed]
    assert told in str(first.problems[0])
    assert "Smith" not in str(first.problems[0])
    assert (len(first.unjudged), first.refused) == (1, ())
    reader.records.discard(first, refused=True, unjudged=True)
    broken[0] = False
    assert reader.records.collect().problems == ()
    reader.records.collect()
    assert len(came) == 2, "until it was handled, and no more"
    assert len(set(came)) == 1


def test_what_a_handler_did_before_it_failed_stays_known(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    custodian, reader = exchange.custodian, exchange.grantee
    added, lost = exchange.add(b"shared"), exchange.add(b"to be erased")
    consent = exchange.consent()

    def handle(letter: Letter) -> None:
        custodian.records.share(consent, purpose="TREAT")
        exchange.add(b"added by the handler")
        custodian.records.erase(lost.record_id)
        raise LookupError

    custodian.mail.letters.register("request", handle)
    Sender(reader, *custodian.mail.directory.find(custodian.account.identity))("request", b"please")
    assert [type(each) for each in custodian.records.collect().problems] == [FeatureFailed]
    assert custodian.records.check().findings == ()
    with pytest.raises(RecordErased):
        custodian.records.open(lost)
    assert custodian.records.revoke(consent).rotated != ()
    told = custodian.records.erase(added.record_id).told
    assert told == (reader.account.identity,)


def test_what_others_see_is_refused_while_a_transaction_may_undo_it(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    custodian = exchange.custodian
    records, upkeep = custodian.records, custodian.vault.upkeep
    added, consent = exchange.add(b"a note"), exchange.consent()
    acts: list[Callable[[], object]] = [
        lambda: records.share(consent, purpose="TREAT"),
        lambda: exchange.add(b"another"),
        lambda: records.erase(added.record_id),
        lambda: records.revoke(consent),
        lambda: records.revoke_ended(),
        upkeep.rekey,
        lambda: custodian.vault.erase(added.record_id, erased_at=chain.now()),
    ]
    for act in acts:
        with custodian.vault.database.transaction(), pytest.raises(TransactionOpen):
            act()
    for act in acts[:2]:
        act()


def test_letters_of_kinds_that_nothing_handles_are_named_and_can_be_dropped(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    sender, reader = exchange.custodian, exchange.grantee
    send = Sender(sender, *sender.mail.directory.find(reader.account.identity))
    send("newspaper", bytes(5000))
    came = reader.records.collect()
    assert (len(came.unknown), came.taken, came.refused) == (1, (), ())
    assert reader.records.discard(came, refused=True) == 0
    assert reader.records.discard(came, unknown=True) == 1
    assert reader.records.collect().unknown == ()


def test_a_kind_has_one_handler(chain: Chain) -> None:
    reader = Exchange.set_up(chain, development_account(8)).grantee
    reader.mail.letters.register("recall", lambda letter: None)
    for kind in ("recall", PARCEL, "", "No Word"):
        with pytest.raises(InvalidArgument):
            reader.mail.letters.register(kind, lambda letter: None)

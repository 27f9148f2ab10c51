"""An inbox that anybody can fill: no letter is refused for a fault that is not its own."""

from __future__ import annotations

import pytest
from tests.support.mailing import ANY, CONSENT, add, given, keys_of, send, share_everything
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person, verify

from salus.chain.errors import ChainUnreachable
from salus.mail.letter_kinds import LetterKinds
from salus.primitives.errors import StorageUnavailable
from salus.records.collecting import collect
from salus.records.erasing import ERASURE
from salus.records.sharing import PARCEL
from salus.vault import Vault
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel
from salus.vault.documents.record_keys import Plan
from salus.vault.errors import MalformedMessage, RecordErased
from salus.vault.letters.inbox import Inbox
from salus.vault.storage import MemoryStorage

# What is not the letter's fault ------------------------------------------------------------------


def test_a_node_that_is_out_of_reach_refuses_no_letter(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    """What is refused may be deleted."""
    share_everything(ours, inbox, hospital, clinician, records=1)

    def unreachable(*_: object) -> None:
        raise ChainUnreachable(url="http://node.example", reason="refused")

    came = collect(inbox, reader, verify=unreachable, admission=ANY, letters=LetterKinds(reader))
    assert {type(each) for each in came.problems} == {ChainUnreachable}
    assert (came.taken, came.refused) == ((), ())


def test_a_storage_that_is_out_of_reach_refuses_no_letter(
    ours: Vault,
    reader: Vault,
    box: MemoryStorage,
    hospital: Person,
    clinician: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(box)
    share_everything(ours, inbox, hospital, clinician, records=1)

    def down(name: str) -> int:
        raise StorageUnavailable(box.url, "down")

    monkeypatch.setattr(box, "size", down)
    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    assert {type(each) for each in came.problems} == {StorageUnavailable}
    assert (came.taken, came.refused) == ((), ())


# Another chain -----------------------------------------------------------------------------------


def test_a_letter_of_another_chain_is_not_taken_in(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    """Who controls an identity there need not control it here."""
    record = add(ours, hospital)
    parcel = share_record(ours, record.record_id, clinician.keys.document, consent=CONSENT)
    sent = send(inbox, PARCEL, parcel.to_bytes(), by=hospital, to=clinician, chain_id=1)

    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))

    (problem,) = came.problems
    assert isinstance(problem, MalformedMessage)
    assert "chain 1" in str(problem)
    assert (came.manifests, came.refused) == ((), (sent,))


# Erased records ----------------------------------------------------------------------------------


def test_a_parcel_that_held_an_erased_record_is_deleted_once_all_else_is_taken_in(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    gone, kept = (add(ours, hospital, number) for number in range(2))
    plan = Plan(records=((gone.record, 1), (kept.record, 1)))
    (both,) = ours.readers.share(plan, clinician.keys.document, consent=CONSENT)
    with_both = send(inbox, PARCEL, both.to_bytes(), by=hospital, to=clinician)
    alone = share_record(ours, kept.record_id, clinician.keys.document, consent=CONSENT)
    without = send(inbox, PARCEL, alone.to_bytes(), by=hospital, to=clinician)
    collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    notice = _erase(ours, inbox, gone, hospital, clinician)
    assert sorted(inbox.list()) == sorted([with_both, without, notice])

    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))

    assert [each.record for each in came.erased] == [gone.record]
    assert (came.problems, came.refused) == ((), ())
    assert sorted(inbox.list()) == sorted([without, notice])
    assert reader.open(kept).read() == b"1"
    with pytest.raises(RecordErased):
        reader.open(gone)


def _erase(ours: Vault, inbox: Inbox, record: Manifest, by: Person, to: Person) -> str:
    notice = ErasureNotice.of(ours.erase(record.record_id, erased_at=NOW))
    return send(inbox, ERASURE, notice.to_bytes(), by=by, to=to, sent_at=NOW + 9)


def test_a_record_that_was_erased_before_it_was_collected_never_comes_in(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    record = add(ours, hospital)
    parcel = share_record(ours, record.record_id, clinician.keys.document, consent=CONSENT)
    send(inbox, PARCEL, parcel.to_bytes(), by=hospital, to=clinician)
    notice = _erase(ours, inbox, record, hospital, clinician)

    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))

    assert (came.manifests, came.problems) == ((), ())
    assert inbox.list() == [notice]
    assert reader.database.records.all(ours.identity) == []


def test_a_parcel_that_could_not_be_taken_in_is_not_deleted(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    """Another record in it still waits for its key."""
    gone, waits = (add(ours, hospital, number) for number in range(2))
    alone = share_record(ours, gone.record_id, clinician.keys.document, consent=CONSENT)
    (pointers,) = ours.readers.pointers(keys_of(ours)[1])
    mixed = Parcel(alone.keys, alone.pointers + pointers.pointers, CONSENT)
    parcel = send(inbox, PARCEL, mixed.to_bytes(), by=hospital, to=clinician)
    notice = _erase(ours, inbox, gone, hospital, clinician)
    collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    assert sorted(inbox.list()) == sorted([parcel, notice])

    key = Parcel((given(keys_of(ours)[1]),), consent=CONSENT)
    later = send(inbox, PARCEL, key.to_bytes(), by=hospital, to=clinician)
    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    assert [each.record for each in came.manifests] == [waits.record]
    assert sorted(inbox.list()) == sorted([notice, later])


def test_an_inbox_that_deletes_nothing_is_named_and_tried_again(
    ours: Vault,
    reader: Vault,
    box: MemoryStorage,
    hospital: Person,
    clinician: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(box)
    record = add(ours, hospital)
    parcel = share_record(ours, record.record_id, clinician.keys.document, consent=CONSENT)
    send(inbox, PARCEL, parcel.to_bytes(), by=hospital, to=clinician)
    notice = _erase(ours, inbox, record, hospital, clinician)
    with monkeypatch.context() as patch:

        def refuse(name: str) -> bool:
            raise StorageUnavailable(box.url, "read only")

        patch.setattr(box, "delete", refuse)
        came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
        assert [type(each) for each in came.problems] == [StorageUnavailable]
        assert (len(came.taken), came.refused) == (2, ())
    assert (
        collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader)).problems
        == ()
    )
    assert inbox.list() == [notice]


def test_a_notice_of_anothers_record_deletes_nothing(
    ours: Vault,
    reader: Vault,
    inbox: Inbox,
    hospital: Person,
    clinician: Person,
    stranger: Person,
) -> None:
    record = add(ours, hospital)
    parcel = share_record(ours, record.record_id, clinician.keys.document, consent=CONSENT)
    sent = send(inbox, PARCEL, parcel.to_bytes(), by=hospital, to=clinician)
    notices = [
        send(
            inbox,
            ERASURE,
            ErasureNotice(issuer, CHAIN, record.record, NOW).to_bytes(),
            by=stranger,
            to=clinician,
        )
        for issuer in (ours.identity, stranger.identity.lower())
    ]
    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    assert [each.record for each in came.manifests] == [record.record]
    assert sorted(inbox.list()) == sorted([sent, *notices])
    assert PATIENT not in repr(came)

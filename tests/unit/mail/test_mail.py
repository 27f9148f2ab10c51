"""An inbox that anybody can fill: one run is linear, ends, and loses nothing of the others."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person, verify

from salus.chain.errors import ChainUnreachable
from salus.consents.documents import Presented
from salus.mail import receiving as mail
from salus.mail.letter_kinds import LetterKinds
from salus.mail.taken import TakenLetters
from salus.primitives.errors import StorageUnavailable
from salus.records.collecting import Collected, collect
from salus.records.erasing import ERASURE
from salus.records.letter_takers import takers
from salus.records.sharing import PARCEL
from salus.vault import Compartment, ErasureNotice, GivenKey, Inbox, Manifest, Parcel, Plan, Vault
from salus.vault.documents.record_keys import CompartmentKey
from salus.vault.errors import MalformedMessage, MissingKey, RecordErased
from salus.vault.sharing.readers import nothing_is_proven
from salus.vault.storage import MemoryStorage

CONSENT = "0x" + "01" * 32


class Asked:
    """A reader who asked everybody for everything."""

    def hear(self, presented: Presented, *, sender: str) -> bool:
        return True

    def admits(self, sender: str, consent: str) -> bool:
        return True

    def knows(self, sender: str) -> bool:
        return True


ANY = Asked()


@pytest.fixture
def box() -> MemoryStorage:
    return MemoryStorage("inbox")


@pytest.fixture
def inbox(box: MemoryStorage) -> Inbox:
    return Inbox(box)


@pytest.fixture
def ours(hospital: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    return vault_of(hospital)


@pytest.fixture
def reader(clinician: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    return vault_of(clinician)


def add(vault: Vault, by: Person, number: int = 0) -> Manifest:
    """A record in a compartment of its own."""
    labs = Compartment(patient=f"0x{number:040x}", resource_class="Observation")
    return vault.add(
        b"%d" % number, compartment=labs, media_type="text/plain", created_at=NOW
    ).manifest


def keys_of(vault: Vault) -> list[CompartmentKey]:
    found = vault.keyring.compartments.all()
    return sorted(found, key=lambda key: key.compartment.patient)


def send(inbox: Inbox, kind: str, body: bytes, *, by: Person, to: Person, **other: int) -> str:
    said = {"chain_id": CHAIN, "sent_at": NOW, **other}
    return inbox.send(kind, body, author=by, recipient=to.keys.document, **said)


def given(key: CompartmentKey) -> GivenKey:
    return GivenKey("compartment", key.key_id, key.key)


class Counting:
    """How often a signature is asked about."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *asked: Any) -> None:
        self.asked += 1
        verify(*asked)


# Floods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letters", [6, 12])
def test_letters_in_the_worst_order_are_read_twice_and_their_signatures_once(
    ours: Vault,
    reader: Vault,
    inbox: Inbox,
    hospital: Person,
    clinician: Person,
    monkeypatch: pytest.MonkeyPatch,
    letters: int,
) -> None:
    """Each letter brings the key that the one before it waits for."""
    monkeypatch.setattr(mail, "_HELD_LIMIT", 0)
    for number in range(letters):
        add(ours, hospital, number)
    keys = keys_of(ours)
    for number, key in enumerate(keys):
        (pointers,) = ours.readers.pointers(keys[(number + 1) % letters])
        both = Parcel((given(key),), pointers.pointers, CONSENT)
        at = NOW + number
        send(inbox, PARCEL, both.to_bytes(), by=hospital, to=clinician, sent_at=at)
    opened = _count_openings(inbox, monkeypatch)
    counting = Counting()

    came = collect(inbox, reader, verify=counting, admission=ANY, letters=LetterKinds(reader))

    assert (len(came.manifests), came.problems, came.left) == (letters, (), ())
    assert len(opened) == 2 * letters
    assert counting.asked == letters  # the issuer's letter vouches for its manifests


def _count_openings(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    really = inbox.open

    def open_one(message_id: str, *rest: Any, **named: Any) -> Any:
        opened.append(message_id)
        return really(message_id, *rest, **named)

    monkeypatch.setattr(inbox, "open", open_one)
    return opened


def test_a_few_letters_are_read_once(
    ours: Vault,
    reader: Vault,
    inbox: Inbox,
    hospital: Person,
    clinician: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _share_everything(ours, inbox, hospital, clinician, records=3)
    opened = _count_openings(inbox, monkeypatch)
    assert (
        len(
            collect(
                inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader)
            ).manifests
        )
        == 3
    )
    assert sorted(opened) == inbox.list()


def _share_everything(
    ours: Vault, inbox: Inbox, hospital: Person, clinician: Person, *, records: int
) -> list[str]:
    for number in range(records):
        add(ours, hospital, number)
    plan = Plan(compartments=tuple(keys_of(ours)))
    parcels = [
        *ours.readers.share(plan, clinician.keys.document, consent=CONSENT),
        *(each for key in plan.compartments for each in ours.readers.pointers(key)),
    ]
    return [
        send(inbox, PARCEL, each.to_bytes(), by=hospital, to=clinician, sent_at=NOW + number)
        for number, each in enumerate(reversed(parcels))
    ]


def _runs(inbox: Inbox, reader: Vault, person: Person) -> Iterator[Collected]:
    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    yield came
    while came.left:
        came = collect(
            inbox,
            reader,
            verify=verify,
            admission=ANY,
            letters=LetterKinds(reader),
            after=came,
        )
        yield came


@pytest.mark.parametrize("held", [0, 1 << 20])
def test_a_run_ends_and_the_next_goes_on(
    ours: Vault,
    reader: Vault,
    inbox: Inbox,
    hospital: Person,
    clinician: Person,
    monkeypatch: pytest.MonkeyPatch,
    held: int,
) -> None:
    """The keys come in the letter that was sent last: each run has them all the same."""
    monkeypatch.setattr(mail, "_HELD_LIMIT", held)
    monkeypatch.setattr(mail, "RUN_LIMIT", 1200)
    sent = _share_everything(ours, inbox, hospital, clinician, records=5)

    runs = list(_runs(inbox, reader, clinician))

    assert len(runs) > 2
    assert [each for run in runs for each in run.taken] == sent
    assert {run.problems for run in runs} == {()}
    assert sum(len(run.manifests) for run in runs) == 5


def test_what_strangers_leave_is_not_held_in_memory(
    ours: Vault,
    reader: Vault,
    inbox: Inbox,
    hospital: Person,
    clinician: Person,
    stranger: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "_HELD_LIMIT", 60_000)
    for _ in range(4):
        send(inbox, PARCEL, bytes(50_000), by=stranger, to=clinician)
        send(inbox, "newspaper", bytes(50_000), by=stranger, to=clinician)
    noted = TakenLetters(reader)
    kinds = takers(reader, ANY, nothing_is_proven)
    run = mail._Run(inbox, reader, verify, kinds, ANY.knows, noted)
    assert len(run.survey(inbox.list())) == 4
    assert sum(len(letter.body) for letter in run.held.values()) == 50_000


def test_what_is_told_of_refused_letters_does_not_hold_them(
    reader: Vault, inbox: Inbox, clinician: Person, stranger: Person
) -> None:
    """Problems are kept until the end of a run; each was raised over a letter of up to 1 MiB."""
    for number in range(8):
        send(inbox, PARCEL, b"%d" % number * 300_000, by=stranger, to=clinician)
        inbox.deliver(b"%d" % number * 300_000)
    tracemalloc.start()
    try:
        came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(came.refused) == 16
    assert held < 600_000


def test_a_parcel_waits_for_its_key_and_is_not_refused(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    add(ours, hospital)
    (key,) = keys_of(ours)
    (pointers,) = ours.readers.pointers(key)
    send(inbox, PARCEL, pointers.to_bytes(), by=hospital, to=clinician)

    came = collect(inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader))
    assert ([type(each) for each in came.problems], came.refused) == ([MissingKey], ())

    keys = Parcel((given(key),), consent=CONSENT)
    send(inbox, PARCEL, keys.to_bytes(), by=hospital, to=clinician, sent_at=NOW + 1)
    assert (
        len(
            collect(
                inbox, reader, verify=verify, admission=ANY, letters=LetterKinds(reader)
            ).manifests
        )
        == 1
    )


# What is not the letter's fault ------------------------------------------------------------------


def test_a_node_that_is_out_of_reach_refuses_no_letter(
    ours: Vault, reader: Vault, inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    """What is refused may be deleted."""
    _share_everything(ours, inbox, hospital, clinician, records=1)

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
    _share_everything(ours, inbox, hospital, clinician, records=1)

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
    parcel = ours.readers.share_record(record.record_id, clinician.keys.document, consent=CONSENT)
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
    alone = ours.readers.share_record(kept.record_id, clinician.keys.document, consent=CONSENT)
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
    parcel = ours.readers.share_record(record.record_id, clinician.keys.document, consent=CONSENT)
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
    alone = ours.readers.share_record(gone.record_id, clinician.keys.document, consent=CONSENT)
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
    parcel = ours.readers.share_record(record.record_id, clinician.keys.document, consent=CONSENT)
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
    parcel = ours.readers.share_record(record.record_id, clinician.keys.document, consent=CONSENT)
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

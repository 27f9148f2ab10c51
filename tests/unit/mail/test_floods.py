"""An inbox that anybody can fill: one run is linear, ends, and loses nothing of the others."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.mailing import ANY, CONSENT, add, given, keys_of, send, share_everything
from tests.unit.conftest import NOW, Person, verify

from salus.mail import receiving as mail
from salus.mail.letter_kinds import LetterKinds
from salus.mail.taken import TakenLetters
from salus.records.collecting import Collected, collect
from salus.records.letter_takers import takers
from salus.records.sharing import PARCEL
from salus.vault import Vault
from salus.vault.documents.parcels import Parcel
from salus.vault.errors import MissingKey
from salus.vault.letters.inbox import Inbox
from salus.vault.sharing.readers import nothing_is_proven


class Counting:
    """How often a signature is asked about."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *asked: Any) -> None:
        self.asked += 1
        verify(*asked)


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
    share_everything(ours, inbox, hospital, clinician, records=3)
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
    sent = share_everything(ours, inbox, hospital, clinician, records=5)

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

"""The inbox: anybody can leave anything; only what is meant for me and signed is believed."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.conftest import CHAIN, NOW, Person, verify

from salus.errors import SalusError
from salus.vault.crypto import hpke
from salus.vault.errors import (
    ForgedSignature,
    MalformedMessage,
    MessageTooLarge,
    MissingMessage,
    TamperedMessage,
    WrongRecipient,
)
from salus.vault.letters.inbox import Inbox
from salus.vault.letters.letters import MESSAGE_LIMIT, open_letter, seal_letter
from salus.vault.storage import MemoryStorage
from salus_verify.encoding import base64url, canonical

FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(params=["memory", "file"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Inbox:
    return Inbox(tmp_path.as_uri() if request.param == "file" else MemoryStorage())


def letter(author: Person, to: Person, body: bytes = b"hello", kind: str = "terms") -> bytes:
    return seal_letter(
        kind, body, author=author, recipient=to.keys.document, chain_id=CHAIN, sent_at=NOW
    )


def test_a_letter_arrives_from_whom_it_says(
    inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    message_id = inbox.send(
        "parcel",
        b"",
        author=hospital,
        recipient=clinician.keys.document,
        chain_id=CHAIN,
        sent_at=NOW,
    )
    got = inbox.open(message_id, clinician.keys, verify=verify)

    assert (got.kind, got.body, got.sent_at) == ("parcel", b"", NOW)
    assert got.sender == hospital.identity


def test_garbage_and_foreign_messages_do_not_hide_the_others(
    inbox: Inbox, hospital: Person, clinician: Person, stranger: Person
) -> None:
    good = {inbox.deliver(letter(hospital, clinician, bytes([n]))) for n in range(3)}
    inbox.deliver(os.urandom(500))
    inbox.deliver(b"")
    inbox.deliver(b"{}")
    inbox.deliver(letter(hospital, stranger))

    others = set(inbox.list()) - good
    assert len(others) == 4
    for each in others:
        with pytest.raises(SalusError):
            inbox.open(each, clinician.keys, verify=verify)
    letters = [inbox.open(each, clinician.keys, verify=verify) for each in good]
    assert {one.body for one in letters} == {b"\x00", b"\x01", b"\x02"}


def test_a_strange_file_in_the_folder_is_not_a_message(inbox: Inbox) -> None:
    inbox._storage.put("messages/readme", b"x")
    inbox._storage.put("other/" + "a" * 52, b"x")
    assert inbox.list() == []


def test_leaving_a_message_twice_leaves_it_once(
    inbox: Inbox, hospital: Person, clinician: Person
) -> None:
    message = letter(hospital, clinician)
    assert inbox.deliver(message) == inbox.deliver(message)
    assert len(inbox.list()) == 1


def test_deletes_a_message(inbox: Inbox) -> None:
    message_id = inbox.deliver(b"x")
    assert inbox.delete(message_id) is True
    assert inbox.delete(message_id) is False
    with pytest.raises(MissingMessage):
        inbox._read(message_id)


@pytest.mark.parametrize("name", ["", "../keys", "a" * 51, "A" * 52])
def test_refuses_a_name_that_is_no_message(inbox: Inbox, clinician: Person, name: str) -> None:
    with pytest.raises(MissingMessage):
        inbox.open(name, clinician.keys, verify=verify)
    with pytest.raises(MissingMessage):
        inbox.delete(name)


def test_notices_a_message_that_was_changed_in_storage(hospital: Person, clinician: Person) -> None:
    storage = MemoryStorage()
    inbox = Inbox(storage)
    message_id = inbox.deliver(letter(hospital, clinician))
    storage.blobs[f"messages/{message_id}"] = letter(hospital, clinician)
    with pytest.raises(TamperedMessage):
        inbox.open(message_id, clinician.keys, verify=verify)


def test_never_reads_a_message_over_the_limit(clinician: Person) -> None:
    storage = MemoryStorage()
    inbox = Inbox(storage)
    message_id = "a" * 52
    storage.blobs[f"messages/{message_id}"] = bytes(MESSAGE_LIMIT + 1)
    with pytest.raises(MessageTooLarge):
        inbox.open(message_id, clinician.keys, verify=verify)


def test_refuses_to_send_over_the_limit(inbox: Inbox, hospital: Person, clinician: Person) -> None:
    with pytest.raises(MessageTooLarge):
        letter(hospital, clinician, bytes(MESSAGE_LIMIT))
    with pytest.raises(MessageTooLarge):
        inbox.deliver(bytes(MESSAGE_LIMIT + 1))
    assert inbox.list() == []


def test_the_storage_learns_neither_sender_nor_content(hospital: Person, clinician: Person) -> None:
    message = letter(hospital, clinician, b"HbA1c 48 mmol/mol")
    assert set(json.loads(message)) == {"type", "suite", "recipient", "sealed"}
    assert hospital.identity[2:].lower().encode() not in message.lower()


def test_refuses_a_letter_that_its_sender_did_not_sign(
    hospital: Person, clinician: Person, stranger: Person
) -> None:
    class Impostor:
        identity, signer = hospital.identity, hospital.signer
        sign_typed_data = staticmethod(stranger.sign_typed_data)

    message = seal_letter(
        "terms",
        b"x",
        author=Impostor(),
        recipient=clinician.keys.document,
        chain_id=CHAIN,
        sent_at=NOW,
    )
    with pytest.raises(ForgedSignature):
        open_letter(message, clinician.keys, verify=verify)


def test_a_reader_cannot_forward_a_letter_as_if_it_were_for_another(
    hospital: Person, clinician: Person, stranger: Person
) -> None:
    """The clinician opens a letter and seals its very bytes to the stranger."""
    message = json.loads(letter(hospital, clinician))
    outside = {key: message[key] for key in ("type", "suite", "recipient")}
    seed = clinician.keys.keys[0].seed
    inside = hpke.open_sealed(seed, info=canonical(outside), sealed=_decode(message["sealed"]))
    theirs = {**outside, "recipient": stranger.keys.document.id}
    again = hpke.seal(stranger.keys.document.public_key, info=canonical(theirs), plaintext=inside)
    forwarded = canonical({**theirs, "sealed": base64url(again)})
    with pytest.raises(MalformedMessage, match="forwarded"):
        open_letter(forwarded, stranger.keys, verify=verify)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_letter_to_a_rotated_key_still_opens(hospital: Person, clinician: Person) -> None:
    message = letter(hospital, clinician)
    rotated = clinician.keys.rotate(created_at=NOW + 1)
    assert open_letter(message, rotated, verify=verify).body == b"hello"


def test_refuses_a_kind_that_is_no_word(hospital: Person, clinician: Person) -> None:
    with pytest.raises(MalformedMessage):
        letter(hospital, clinician, kind="Terms of Use")


@settings(max_examples=60, deadline=None, suppress_health_check=FIXTURES)
@given(data=st.data())
def test_any_change_of_a_message_is_refused_by_name(
    hospital: Person, clinician: Person, data: st.DataObject
) -> None:
    message = bytearray(letter(hospital, clinician))
    at = data.draw(st.integers(0, len(message) - 1))
    message[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((MalformedMessage, WrongRecipient)):
        open_letter(bytes(message), clinician.keys, verify=verify)


@given(garbage=st.binary(max_size=300))
def test_any_garbage_inside_a_seal_is_refused_by_name(clinician: Person, garbage: bytes) -> None:
    outside = {
        "type": "salus/message/v1",
        "suite": hpke.SUITE,
        "recipient": clinician.keys.document.id,
    }
    sealed = hpke.seal(
        clinician.keys.document.public_key, info=canonical(outside), plaintext=garbage
    )
    with pytest.raises(SalusError):
        open_letter(
            canonical({**outside, "sealed": base64url(sealed)}), clinician.keys, verify=verify
        )


def test_two_letters_that_say_the_same_are_two(hospital: Person, clinician: Person) -> None:
    """Who acts once by a letter's digest acts on both, and once on one that is read again."""
    sealed = [letter(hospital, clinician) for _ in range(2)]
    one, other = (open_letter(each, clinician.keys, verify=verify) for each in sealed)
    assert one.body == other.body
    assert one.digest != other.digest
    assert one.digest == open_letter(sealed[0], clinician.keys, verify=verify).digest

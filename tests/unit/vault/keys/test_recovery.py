"""Losing the laptop, unlocking, and meeting a key that changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record
from tests.unit.conftest import CHAIN, NOW, PATIENT, Person, verify

from salus.errors import CredentialError
from salus.primitives.address import checked_address, lower_case
from salus.primitives.errors import InvalidArgument, StorageUnavailable
from salus.vault import (
    Compartment,
    IdentityKeys,
    Vault,
    find_passphrase,
    load_keys,
    recover_keys,
    remember_passphrase,
    save_keys,
    split_keys,
)
from salus.vault.crypto.shares import combine, split
from salus.vault.errors import KeyChanged, MalformedKeyFile, SharesRefused, WrongRecipient
from salus.vault.keys.encrypted_keys import FASTEST
from salus.vault.keys.passphrase_sources import SERVICE, forget_passphrase
from salus.vault.letters.inbox import Inbox

# ── shares ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("needed", "shares"), [(2, 2), (2, 3), (3, 5), (16, 16)])
def test_any_needed_shares_give_the_secret_back_and_fewer_do_not(needed: int, shares: int) -> None:
    secret = bytes(range(32))
    words = split(secret, needed=needed, shares=shares)
    assert len(set(words)) == shares
    for some in itertools.islice(itertools.combinations(words, needed), 6):
        assert combine(reversed(some)) == secret
    assert combine(words) == secret
    with pytest.raises(SharesRefused, match=f"{needed} are needed, {needed - 1} came"):
        combine(words[: needed - 1])


def test_spelling_does_not_matter_and_a_share_twice_is_one() -> None:
    one, two, _ = split(bytes(32), needed=2, shares=3)
    assert combine([f"  {one.upper()}\n", two.replace(" ", "  ")]) == bytes(32)
    with pytest.raises(SharesRefused, match="2 are needed, 1 came"):
        combine([one, one])


def test_refuses_mistyped_shares_and_those_of_two_sets_without_quoting_them() -> None:
    one, two = split(bytes(32), needed=2, shares=2)
    other = one
    while other.split()[:2] == one.split()[:2]:  # which set a share is of
        other, _ = split(bytes(32), needed=2, shares=2)
    *most, last = two.split()
    mistyped = " ".join([*most, "academic" if last != "academic" else "acid"])
    for wrong, reason in (
        ([], "none"),
        ([one, "foo bar"], "mistyped"),
        ([one, mistyped], "mistyped"),
        ([one, other], "same set"),
    ):
        with pytest.raises(SharesRefused, match=reason) as caught:
            combine(wrong)
        # words of the list are English, so that one alone may be the message's own
        said, quoted = " ".join(str(caught.value).split()), one.split()
        assert not any(" ".join(quoted[at : at + 3]) in said for at in range(len(quoted) - 2))
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(("needed", "shares"), [(1, 1), (1, 2), (3, 2), (2, 17), (0, 0)])
def test_refuses_numbers_that_protect_nothing(needed: int, shares: int) -> None:
    with pytest.raises(InvalidArgument):
        split(bytes(32), needed=needed, shares=shares)


@given(text=st.text(max_size=200))
def test_any_garbage_is_refused_by_name(text: str) -> None:
    with pytest.raises(SharesRefused):
        combine([text])


# ── losing the laptop ────────────────────────────────────────────────────────────────────────


def test_a_lost_laptop_costs_nothing_that_was_in_the_inbox(
    tmp_path: Path, hospital: Person, clinician: Person, closed_later: ClosedLater
) -> None:
    """A clinician's laptop, with key file and key database, falls into the sea."""
    blobs, inbox = (tmp_path / "blobs").as_uri(), Inbox((tmp_path / "inbox").as_uri())
    laptop = tmp_path / "laptop"
    save_keys(laptop / "keys.json", clinician.keys, passphrase="seven wet otters", cost=FASTEST)
    theirs = closed_later(
        Vault(blobs, f"sqlite://{laptop}/keys.db", keys=clinician.keys, chain_id=CHAIN)
    )
    recovery = split_keys(clinician.keys, needed=2, shares=3)
    (tmp_path / "recovery.json").write_bytes(recovery.document)
    ours = closed_later(Vault(blobs, "memory:", keys=hospital.keys, chain_id=CHAIN))
    added = ours.add(
        b"48 mmol/mol",
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    )
    parcel = share_record(ours, added.manifest.record_id, clinician.keys.document, consent="c")
    inbox.send(
        "parcel",
        parcel.to_bytes(),
        author=hospital,
        recipient=clinician.keys.document,
        chain_id=CHAIN,
        sent_at=NOW,
    )
    theirs.close()
    for file in laptop.iterdir():
        file.unlink()
    del theirs

    keys = recover_keys((tmp_path / "recovery.json").read_bytes(), recovery.shares[1:])

    assert keys == clinician.keys
    fresh = closed_later(Vault(blobs, f"sqlite://{laptop}/keys.db", keys=keys, chain_id=CHAIN))
    letter = inbox.open(*inbox.list(), keys, verify=verify)
    (manifest,) = fresh.readers.receive(letter.body, sender=hospital.identity)
    assert fresh.open(manifest).read() == b"48 mmol/mol"


def test_a_custodian_whose_key_database_is_on_a_server_goes_on(
    tmp_path: Path, hospital: Person, closed_later: ClosedLater
) -> None:
    url = f"sqlite://{tmp_path}/server.db"
    vault = closed_later(
        Vault((tmp_path / "blobs").as_uri(), url, keys=hospital.keys, chain_id=CHAIN)
    )
    added = vault.add(
        b"48",
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    )
    recovery = split_keys(hospital.keys, needed=3, shares=5)
    vault.close()
    keys = recover_keys(recovery.document, recovery.shares[::2])
    again = closed_later(Vault((tmp_path / "blobs").as_uri(), url, keys=keys, chain_id=CHAIN))
    assert again.open(added.manifest).read() == b"48"


def test_document_and_shares_belong_together(hospital: Person, clinician: Person) -> None:
    ours = split_keys(hospital.keys, needed=2, shares=2)
    theirs = split_keys(clinician.keys, needed=2, shares=2)
    with pytest.raises(SharesRefused, match="another recovery document"):
        recover_keys(ours.document, theirs.shares)
    for wrong in (b"{}", ours.document[:-1], ours.document.replace(b"recovery", b"keystore")):
        with pytest.raises(MalformedKeyFile):
            recover_keys(wrong, ours.shares)
    changed = ours.document.replace(lower_case(hospital.keys.identity)[2:6].encode(), b"0000")
    with pytest.raises(SharesRefused):
        recover_keys(changed, ours.shares)


def test_neither_document_nor_repr_shows_a_key(hospital: Person) -> None:
    recovery = split_keys(hospital.keys, needed=2, shares=3)
    for secret in (hospital.keys.store_key, hospital.keys.keys[0].seed):
        assert secret not in recovery.document
        assert secret.hex() not in recovery.document.decode()
    assert not any(share in repr(recovery) for share in recovery.shares)


# ── rotation with overlap ────────────────────────────────────────────────────────────────────


def test_letters_under_way_open_until_the_overlap_ends(
    hospital: Person, clinician: Person, tmp_path: Path
) -> None:
    inbox = Inbox((tmp_path / "inbox").as_uri())

    def send(recipient: IdentityKeys) -> str:
        return inbox.send(
            "request",
            b"?",
            author=hospital,
            recipient=recipient.document,
            chain_id=CHAIN,
            sent_at=NOW,
        )

    old = send(clinician.keys)
    rotated = clinician.keys.rotate(created_at=NOW + 100)
    new = send(rotated)
    assert [inbox.open(each, rotated, verify=verify).body for each in (old, new)] == [b"?", b"?"]

    assert rotated.retire(before=NOW + 100) == rotated
    retired = rotated.retire(before=NOW + 101)
    assert retired.document == rotated.document
    assert inbox.open(new, retired, verify=verify).body == b"?"
    with pytest.raises(WrongRecipient):
        inbox.open(old, retired, verify=verify)


# ── a changed key is shown before it is used ─────────────────────────────────────────────────


def test_nothing_is_sealed_to_a_changed_key_until_it_is_accepted(
    vault_of: Callable[[Person], Vault], hospital: Person, clinician: Person
) -> None:
    vault = vault_of(hospital)
    record = vault.add(
        b"48",
        compartment=Compartment(patient=PATIENT, resource_class="Observation"),
        media_type="text/plain",
        created_at=NOW,
    ).manifest.record_id
    first, changed = clinician.keys.document, clinician.keys.rotate(created_at=NOW).document
    assert vault.contacts.known(clinician.identity) is None
    share_record(vault, record, first, consent="c")
    plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: False)
    before = len(vault.database.given.all())

    for share in (
        lambda: share_record(vault, record, changed, consent="c"),
        lambda: vault.readers.share(plan, changed, consent="c"),
    ):
        with pytest.raises(KeyChanged, match=r"mail\.trust") as caught:
            share()
        assert first.id[2:6] in caught.value.known
        assert changed.id[2:6] in caught.value.shown
    assert len(vault.database.given.all()) == before

    vault.contacts.accept(changed)
    assert vault.contacts.meet(changed) == "known"
    share_record(vault, record, changed, consent="c")
    with pytest.raises(KeyChanged):
        share_record(vault, record, first, consent="c")


def test_the_key_database_neither_shows_nor_lets_exchange_whom_one_met(
    tmp_path: Path, hospital: Person, clinician: Person, stranger: Person, closed_later: ClosedLater
) -> None:
    vault = closed_later(
        Vault("memory://met", f"sqlite://{tmp_path}/k.db", keys=hospital.keys, chain_id=CHAIN)
    )
    vault.contacts.meet(clinician.keys.document)
    file = (tmp_path / "k.db").read_bytes()
    assert clinician.keys.identity.encode() not in file
    assert clinician.keys.document.digest not in file

    vault.contacts.meet(stranger.keys.document)
    known = vault.notebook("contacts")
    places = [known._at(who.keys.identity) for who in (clinician, stranger)]
    vault.database.notes.set(places[0], vault.database.notes.get(places[1]) or b"")
    with pytest.raises(CredentialError):
        vault.contacts.require(clinician.keys.document)


# ── unlocking ────────────────────────────────────────────────────────────────────────────────


class InMemory(KeyringBackend):
    """What an operating system keeps, in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.locked, self.kept = locked, dict[tuple[str, str], str]()

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def system() -> Iterator[InMemory]:
    before = keyring.get_keyring()
    backend = InMemory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


OWNER = checked_address("0x" + "ab" * 20)


def test_a_passphrase_comes_from_the_environment_the_keyring_or_a_person(system: InMemory) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "told"

    assert find_passphrase(OWNER, environment={"SALUS_PASSPHRASE": "set"}, ask=ask) == "set"
    remember_passphrase(OWNER, "kept")
    assert system.kept == {(SERVICE, OWNER): "kept"}
    assert find_passphrase(OWNER, environment={}, ask=ask) == "kept"
    assert asked == []
    assert forget_passphrase(OWNER)
    assert not forget_passphrase(OWNER)
    assert find_passphrase(OWNER, environment={}, ask=ask) == "told"
    with pytest.raises(CredentialError, match="SALUS_PASSPHRASE"):
        find_passphrase(OWNER, environment={}, ask=None)


def test_a_keystore_opens_with_what_the_keyring_keeps(
    system: InMemory, tmp_path: Path, hospital: Person
) -> None:
    save_keys(tmp_path / "keys.json", hospital.keys, passphrase="seven wet otters", cost=FASTEST)
    remember_passphrase(hospital.keys.identity, "seven wet otters")
    found = find_passphrase(hospital.keys.identity, environment={}, ask=None)
    assert load_keys(tmp_path / "keys.json", passphrase=found) == hospital.keys


def test_a_locked_keyring_is_named(system: InMemory) -> None:
    system.locked = True
    with pytest.raises(StorageUnavailable, match="keyring"):
        remember_passphrase(OWNER, "kept")
    with pytest.raises(CredentialError):
        find_passphrase(OWNER, environment={}, ask=None)

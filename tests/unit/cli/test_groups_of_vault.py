"""Every verb of `vault`, with the JSON that it promises, and what a hurried user gets wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyrings.alt.file import PlaintextKeyring
from tests.support.command_line import PASSPHRASE, CommandLine, sample_bundle, verbs_of
from tests.support.shells import Shells

import salus
from salus import Salus
from salus.chain import Account
from salus.mail.directory import Directory
from salus.primitives.roles import Role
from salus.vault import KeyDocument, load_keys

DESKTOP = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring"}


def equip(person: CommandLine) -> CommandLine:
    """Give somebody a vault and an inbox."""
    person.settings = {
        "SALUS_STATE": str(person.folder / "state"),
        "SALUS_STORAGE": (person.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    person("records", "announce", (person.folder / "inbox").as_uri())
    return person


def document_of(person: CommandLine) -> KeyDocument:
    """The key document that the chain names."""
    client = Salus(person.place.chain, account=person.account)
    return Directory(client.chain, client.identities).find(person.me)[1]


def keys_file(person: CommandLine) -> Path:
    return person.folder / "state" / f"{person.me.lower()}.keys.json"


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Path]:
    """A keyring of the system, in a file."""
    before, backend = keyring.get_keyring(), PlaintextKeyring()
    backend.file_path = str(tmp_path / "keyring.cfg")
    keyring.set_keyring(backend)
    yield Path(backend.file_path)
    keyring.set_keyring(before)


def test_every_verb_of_vault(shell: Shells, desktop: Path) -> None:
    hospital, clinic = equip(shell(Role.HOSPITAL)), equip(shell())
    bundle = hospital.write("bundle.json", sample_bundle())
    hospital("records", "add", bundle, "--patient", clinic.me)

    assert hospital("vault", "check", "--deep").data["sound"]
    assert hospital("vault", "compare").data == {"erased": [], "erasures": 0, "ask": []}
    assert hospital("vault", "rekey", "--patient", clinic.me).data["versions"] == 12
    assert hospital("vault", "gc", "--older-than", "0s").data == {"blobs": [], "unfinished": 0}

    before = document_of(hospital)
    assert hospital("vault", "rotate-keys").data["keys"] == 2
    assert document_of(hospital).previous == before.digest
    shown = document_of(hospital).id
    trusted = clinic("vault", "trust", hospital.me, "--fingerprint", shown).data
    assert trusted["fingerprint"].replace(" ", "") == shown.removeprefix("0x")

    assert hospital("vault", "remember", **DESKTOP).data["remembered"]
    del hospital.settings["SALUS_PASSPHRASE"]
    assert hospital("vault", "check", **DESKTOP).data["versions"] == 12
    hospital.write("new.txt", "a new one entirely\n")
    hospital.hidden.add("a new one entirely")
    change = ("vault", "change-passphrase", "--new-from", "new.txt")
    assert hospital(*change, **DESKTOP, SALUS_PASSPHRASE=PASSPHRASE).data["remembered"]
    assert hospital("vault", "check", **DESKTOP).data["versions"] == 12
    hospital.write("new.txt", PASSPHRASE)
    assert hospital(*change, **DESKTOP, SALUS_PASSPHRASE="a new one entirely").code == 0
    assert hospital("vault", "forget", **DESKTOP).data["forgotten"]
    assert not hospital("vault", "forget", **DESKTOP).data["forgotten"]
    assert hospital("vault", "check", **DESKTOP).error[:2] == (4, "CredentialError")
    hospital.settings["SALUS_PASSPHRASE"] = PASSPHRASE

    assert len(hospital("vault", "backup", "backup").data["files"]) == 3
    retire = ("vault", "retire-keys", "--before")
    assert hospital(*retire, "2020-01-01").data == {
        "identity": hospital.me,
        "keys": 2,
        "retired": 0,
    }
    assert hospital(*retire, "soon").error[0] == 2

    made = hospital("vault", "split-keys", "--out", "guardians").data
    kept = load_keys(keys_file(hospital), passphrase=PASSPHRASE)
    keys_file(hospital).unlink()
    shares = [word for file in made["shares"][:2] for word in ("--share", file)]
    assert hospital("vault", "recover", made["document"], *shares).data["keys"] == 2
    assert load_keys(keys_file(hospital), passphrase=PASSPHRASE) == kept
    assert hospital(*retire, "2100-01-01").data == {
        "identity": hospital.me,
        "keys": 1,
        "retired": 1,
    }
    assert hospital("vault", "check").data["versions"] == 12
    assert hospital.done | clinic.done >= verbs_of("vault") - verbs_of("vault emergency")


@pytest.mark.parametrize("verb", ["list", "open 00 --out x", "receipt 00 --out x"])
def test_reading_from_a_mistyped_state_makes_no_participant(shell: Shells, verb: str) -> None:
    person = equip(shell())
    elsewhere = person.folder / "stat"
    refused = person("records", *verb.replace("00", "00" * 16).split(), "--state", elsewhere)
    assert refused.error[:2] == (2, "InputError")
    assert "compare --state or SALUS_STATE" in refused.error[2]
    assert not elsewhere.exists()


def test_a_mistyped_state_announces_no_other_key(shell: Shells) -> None:
    person = equip(shell())
    before = document_of(person)
    again = person("records", "announce", (person.folder / "moved").as_uri())
    assert again.code == 0
    inbox = (person.folder / "inbox").as_uri()
    elsewhere = person.folder / "stat"
    refused = person("records", "announce", inbox, "--state", elsewhere)
    assert refused.error[:2] == (4, "CredentialError")
    assert "nothing was announced" in refused.error[2]
    assert "vault recover" in refused.error[2]
    assert not elsewhere.exists()
    assert document_of(person) == before
    assert person("records", "announce", inbox, "--state", elsewhere, "--yes").code == 0
    assert document_of(person) != before
    back = person("records", "announce", inbox)
    assert back.error[:2] == (4, "CredentialError"), "the folder holds a key, and not that one"


@pytest.mark.parametrize("verb", ["check", "gc", "rekey", "rotate-keys", "split-keys --out x"])
def test_a_vault_needs_places_that_last(cli: CommandLine, verb: str) -> None:
    words = ("vault", *verb.split())
    assert "--storage or SALUS_STORAGE" in cli(*words).error[2]
    code, kind, message = cli(*words, SALUS_STORAGE="memory://blobs").error
    assert (code, kind) == (2, "InputError")
    assert "--state or SALUS_STATE" in message
    there = {"SALUS_STORAGE": "memory://blobs", "SALUS_STATE": str(cli.folder / "state")}
    code, _, message = cli(*words, **there).error
    assert code == 4
    assert "set SALUS_PASSPHRASE" in message


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        ((), 2, "--fingerprint gives what its owner told you"),
        (("--fingerprint", "ab" * 32), 4, "it was not accepted"),
        (("--fingerprint", "abcd efgh"), 2, "64 hexadecimal digits"),
    ],
)
def test_a_key_that_its_owner_did_not_confirm_is_not_trusted(
    shell: Shells, told: tuple[str, ...], code: int, words: str
) -> None:
    ours, theirs = equip(shell()), equip(shell())
    refused = ours("vault", "trust", theirs.me, *told)
    assert refused.code == code
    assert words in refused.error[2]
    with client(ours) as salus:
        assert salus.vault.contacts.known(theirs.me) is None


def client(person: CommandLine) -> Salus:
    """The same participant from Python."""
    from salus.vault import Vault
    from salus.vault.keys.state_folder import keys_file as path_of

    state = person.folder / "state"
    keys = load_keys(path_of(state, person.me), passphrase=PASSPHRASE)
    store = f"sqlite://{state}/keys.sqlite"
    chain = salus.connect(person.place.url).chain
    vault = Vault("memory://none", store, keys=keys, chain_id=chain.chain_id)
    return Salus(chain, account=person.account, vault=vault)


def test_nothing_is_trusted_of_who_announced_nothing(shell: Shells) -> None:
    code, kind, message = equip(shell())("vault", "trust", Account.create().identity).error
    assert (code, kind) == (4, "MissingKey")
    assert "announced none" in message


def test_recovery_shares_of_two_days_never_mix(shell: Shells) -> None:
    person = equip(shell())
    first = person("vault", "split-keys", "--out", "guardians").data
    document = Path(person.folder / first["document"]).read_bytes()
    again = person("vault", "split-keys", "--out", "guardians")
    assert again.error[:2] == (2, "InputError")
    assert Path(person.folder / first["document"]).read_bytes() == document
    many = person("vault", "split-keys", "--out", "others", "--needed", 4, "--shares", 3)
    assert many.code == 2
    assert not (person.folder / "others").exists()


def test_only_a_passphrase_that_opens_is_remembered(shell: Shells, desktop: Path) -> None:
    person = equip(shell())
    wrong = person("vault", "remember", SALUS_PASSPHRASE="a guess", **DESKTOP)
    assert wrong.error[:2] == (4, "WrongPassphrase")
    assert not desktop.exists()
    del person.settings["SALUS_PASSPHRASE"]
    assert "nobody is there" in person("vault", "remember", **DESKTOP).error[2]
    nowhere = person("vault", "remember", SALUS_PASSPHRASE=PASSPHRASE)
    assert nowhere.error[:2] == (1, "StorageUnavailable"), "a file in the clear is nobody's default"


def test_a_passphrase_that_no_longer_opens_is_replaced(shell: Shells, desktop: Path) -> None:
    person = equip(shell())
    keyring.set_password("salus identity keys", person.me, "an older one")
    person.hidden.add("an older one")
    del person.settings["SALUS_PASSPHRASE"]
    assert person("vault", "check", **DESKTOP).error[:2] == (4, "WrongPassphrase")
    person("vault", "remember", SALUS_PASSPHRASE=PASSPHRASE, **DESKTOP)
    assert person("vault", "check", **DESKTOP).code == 0


def test_whose_passphrase_is_asked_where_there_are_several(shell: Shells, desktop: Path) -> None:
    person, other = equip(shell()), equip(shell())
    (keys_file(other)).rename(keys_file(person).parent / keys_file(other).name)
    assert "name --identity" in person("vault", "remember", **DESKTOP).error[2]
    kept = person("vault", "remember", "--identity", other.me, **DESKTOP).data
    assert kept["identity"] == other.me
    nobody = Account.create().identity
    missing = person("vault", "forget", "--identity", nobody, **DESKTOP)
    assert "records announce" in missing.error[2]


def test_settings_of_a_file_are_enough(shell: Shells, desktop: Path) -> None:
    person = equip(shell())
    lines = [f"{name}='{value}'" for name, value in person.settings.items()]
    person.write(".env", "\n".join(lines))
    person.settings = {}
    assert person("vault", "check").data["sound"]
    assert person("vault", "rotate-keys").data["keys"] == 2
    assert person("vault", "remember", **DESKTOP).data["remembered"]
    made = person("vault", "split-keys", "--out", "guardians").data
    keys_file(person).unlink()
    shares = [word for file in made["shares"][:2] for word in ("--share", file)]
    assert person("vault", "recover", made["document"], *shares).data["keys"] == 2


def test_a_share_saved_in_another_encoding_brings_the_keys_back(shell: Shells) -> None:
    person = equip(shell())
    made = person("vault", "split-keys", "--out", "guardians").data
    keys_file(person).unlink()
    first, second, third = (person.folder / file for file in made["shares"])
    second.write_text(second.read_text(), encoding="utf-16")
    third.write_bytes(b"\xff\x00 is no text")
    shares = [word for file in (first, second, third) for word in ("--share", str(file))]
    back = person("vault", "recover", made["document"], *shares).data
    assert (back["keys"], back["wrong"]) == (1, [str(third)])


def test_damage_is_told_in_one_document(shell: Shells) -> None:
    person = equip(shell())
    bundle = person.write("bundle.json", sample_bundle())
    person("records", "add", bundle, "--patient", person.me)
    for blob in (person.folder / "blobs" / "blobs").rglob("b*"):
        if blob.is_file():
            blob.unlink()
    found = person("vault", "check")
    assert found.code == 6
    assert {each["kind"] for each in json.loads(found.out)["findings"]} == {"missing blob"}
    assert "missing blob" in person("vault", "check", json=False).out

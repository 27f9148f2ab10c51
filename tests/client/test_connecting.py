"""From settings to a participant: accounts, keys at rest, storages, what is missing."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import salus
from salus import Salus
from salus.chain import Account
from salus.errors import CredentialError, InputError, StorageError
from salus.primitives.errors import InvalidStorageUrl
from salus.terms import ResourceFacts
from salus.vault import IdentityKeys
from salus.vault.errors import WrongPassphrase
from salus.vault.keys.key_file import rotate_keys
from salus.vault.keys.state_folder import keys_file

NOTE = ResourceFacts(resource_class="DocumentReference")


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [each for each in os.environ if each.startswith("SALUS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_a_client_without_storage_handles_no_records() -> None:
    client = salus.connect("tester")
    with pytest.raises(InputError, match="storage="):
        client.records  # noqa: B018


@pytest.mark.parametrize("keystore", [False, True])
def test_blobs_that_last_need_keys_that_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keystore: bool
) -> None:
    blobs = tmp_path / "blobs"
    if keystore:  # keys of records, and not the identity's own that open them
        monkeypatch.setenv("SALUS_KEY_DATABASE", str(tmp_path / "keys.sqlite"))
    with pytest.raises(InputError, match=r"never be opened again.*state=.*SALUS_STATE"):
        salus.connect("tester", storage=blobs.as_uri())
    monkeypatch.setenv("SALUS_STORAGE", blobs.as_uri())
    with pytest.raises(InputError, match="SALUS_STATE"):
        salus.connect("tester").records  # noqa: B018
    assert list(tmp_path.iterdir()) == []


def test_keeps_keys_and_logs_across_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    options = {"storage": (tmp_path / "blobs").as_uri(), "state": tmp_path / "state"}
    with salus.connect("tester", **options) as first:  # type: ignore[arg-type]
        added = first.records.add(b"note", patient="0x" + "12" * 20, about=NOTE)
        key_id = first.vault.keys.document.id
    with salus.connect("tester", **options) as second:  # type: ignore[arg-type]
        assert second.vault.keys.document.id == key_id
        assert second.records.open(added.records[0].manifest) == b"note"
        # A new chain in process: what was anchored on the old one is pending here.
        assert second.records.anchor_pending() is not None


def test_keys_that_another_process_rotated_are_read_from_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    with salus.connect("tester", storage="memory://x", state=tmp_path) as client:
        path, first = keys_file(tmp_path, client.identity), client.vault.keys
        made = rotate_keys(
            path, passphrase="seven wet otters", created_at=1, announced=lambda keys: True
        )
        assert client.vault.keys == first
        assert client.vault.own_keys.look_again(made.document.id)
        assert client.vault.keys == made


def test_state_is_its_owner_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    with salus.connect("tester", storage="memory://x", state=tmp_path / "a" / "state"):
        pass
    for path in [tmp_path / "a" / "state", *(tmp_path / "a" / "state").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_keys_at_rest_need_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialError, match="SALUS_PASSPHRASE"):
        salus.connect("tester", storage="memory://x", state=tmp_path)
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    salus.connect("tester", storage="memory://x", state=tmp_path).close()
    monkeypatch.setenv("SALUS_PASSPHRASE", "eight dry otters")
    with pytest.raises(WrongPassphrase):
        salus.connect("tester", storage="memory://x", state=tmp_path)


def test_a_grantee_reads_from_the_storages_it_was_told(tmp_path: Path) -> None:
    theirs, others = ((tmp_path / name).as_uri() for name in ("theirs", "others"))
    client = salus.connect("tester", storage="memory://mine", read_from=[theirs, others])
    assert [each.url for each in client.vault._places][1:] == [theirs, others]


@pytest.mark.parametrize("told", ["a b/keys.sqlite", "sqlite://{folder}/a%20b/keys.sqlite"])
def test_a_key_database_is_named_by_path_or_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("SALUS_KEY_DATABASE", told.format(folder=tmp_path))
    salus.connect("tester", storage="memory://x").close()
    assert (tmp_path / "a b" / "keys.sqlite").is_file()


def test_an_account_of_one_s_own_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, configured = Account.create(), Account.create()
    configured.to_keystore(tmp_path / "key.json", "seven wet otters", iterations=4096)
    monkeypatch.setenv("SALUS_ACCOUNT", f"keystore:{tmp_path / 'key.json'}")
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    assert salus.connect("tester").account == configured
    assert salus.connect("tester", account=mine).account == mine


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"storage": "ftp://x"}, InvalidStorageUrl),
        ({"storage": "memory://x", "read_from": ["nonsense"]}, InvalidStorageUrl),
        ({"state": "/proc/nowhere"}, StorageError),
    ],
)
def test_names_a_setting_that_cannot_be_used(
    options: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        salus.connect("tester", **options)  # type: ignore[arg-type]


def test_shows_who_it_is_and_no_key(governor: Salus) -> None:
    shown = repr(governor)
    assert governor.account.identity in shown
    assert "key" not in shown
    assert "reading only" in repr(Salus(governor.chain))
    for attribute in ("account", "vault", "records"):
        with pytest.raises(InputError, match="no account: set SALUS_ACCOUNT"):
            getattr(Salus(governor.chain), attribute)


def test_two_programs_that_begin_together_have_the_same_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    generate, both = IdentityKeys.generate, Barrier(2, timeout=300)

    def together(owner: str, *, created_at: int) -> IdentityKeys:
        both.wait()  # both looked for keys, and neither found any
        return generate(owner, created_at=created_at)

    def program(_: int) -> IdentityKeys:
        with salus.connect("tester", storage="memory://meeting", state=tmp_path) as me:
            return me.vault.keys

    with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
        patched.setattr(IdentityKeys, "generate", together)
        one, two = pool.map(program, range(2))
    assert one == two == program(3)

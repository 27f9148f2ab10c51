"""What is promised to be on disk was told to go there, in an order that no power cut can break."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salus.errors import StorageUnavailable
from salus.vault.durable import make_folder, replace_file, write_all
from salus.vault.keystore import KeyStore
from salus.vault.keystore.database import Database
from salus.vault.storage import LocalStorage

CALLS = ("fsync", "link", "replace", "mkdir", "unlink")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The calls that matter, and the last part of what each is about, as they are made."""
    made: list[tuple[str, str]] = []

    def watch(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(what: Any, *more: Any, **named: Any) -> Any:
            path = os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else what
            made.append((name, "part" if str(path).endswith(".part") else Path(path).name))
            return real(what, *more, **named)

        return called

    for name in CALLS:
        monkeypatch.setattr(os, name, watch(name, getattr(os, name)))
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def test_a_file_is_on_disk_before_it_has_its_name_and_then_its_name_is(
    folder: Path, calls: list[tuple[str, str]]
) -> None:
    replace_file(folder / "keys.json", b"{}")
    assert calls == [("fsync", "part"), ("replace", "part"), ("fsync", "here")]


def test_a_blob_is_on_disk_before_it_has_its_name_and_then_its_name_is(
    folder: Path, calls: list[tuple[str, str]]
) -> None:
    storage = LocalStorage(folder)
    storage.put("blobs/first", b"makes the folders")
    del calls[:]
    storage.put("blobs/one", b"ciphertext")
    assert calls == [("fsync", "part"), ("link", "part"), ("fsync", "blobs"), ("unlink", "part")]


def test_without_links_a_blob_is_renamed_in_the_same_order(
    folder: Path, calls: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(folder)
    storage.put("blobs/first", b"makes the folders")

    def refuses(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuses)
    del calls[:]
    storage.put("blobs/one", b"ciphertext")
    assert calls[:3] == [("fsync", "part"), ("replace", "part"), ("fsync", "blobs")]


def test_a_blob_that_was_deleted_does_not_come_back(
    folder: Path, calls: list[tuple[str, str]]
) -> None:
    storage = LocalStorage(folder)
    storage.put("blobs/one", b"ciphertext")
    del calls[:]
    assert storage.delete("blobs/one")
    assert calls == [("unlink", "one"), ("fsync", "blobs")]


def test_new_folders_are_on_disk_from_the_top(folder: Path, calls: list[tuple[str, str]]) -> None:
    make_folder(folder / "a" / "b")
    assert calls == [("mkdir", "a"), ("fsync", "here"), ("mkdir", "b"), ("fsync", "a")]
    del calls[:]
    make_folder(folder / "a" / "b")
    assert calls == []


def test_the_folder_of_a_key_store_is_on_disk_too(
    folder: Path, calls: list[tuple[str, str]]
) -> None:
    KeyStore.open(f"sqlite://{folder}/new/keys.db").close()
    assert calls[:2] == [("mkdir", "new"), ("fsync", "here")]


@pytest.mark.parametrize("failing", [b"part", b"here"])
def test_a_disk_that_refuses_is_an_error_and_no_success(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: bytes
) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").encode().endswith(failing):
            raise OSError(5, "input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageUnavailable, match="input/output error"):
        replace_file(folder / "keys.json", b"{}")
    assert not list(folder.glob("*.part"))


def test_every_byte_is_written_however_few_the_system_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, piece: real(descriptor, piece[:3]))
    with (tmp_path / "file").open("wb") as file:
        write_all(file.fileno(), b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("synchronous", 3),  # EXTRA: the journal's folder too, so that no commit comes undone
        ("secure_delete", 1),
        ("journal_mode", "delete"),
        ("temp_store", 2),  # in memory
        ("trusted_schema", 0),
    ],
)
def test_the_database_keeps_its_promises(tmp_path: Path, pragma: str, value: object) -> None:
    database = Database.open(f"sqlite://{tmp_path}/keys.db")
    assert database.one(f"PRAGMA {pragma}") == (value,)

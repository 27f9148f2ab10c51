"""What is promised to be on disk was told to go there, in an order that no power cut can break."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.support.closing import ClosedLater

from salus.primitives import files as durable
from salus.primitives.errors import StorageUnavailable
from salus.primitives.files import make_folder, replace_file, write_all
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.sqlite import SqliteFile
from salus.vault.storage import LocalStorage

CALLS = ("fsync", "link", "replace", "mkdir", "unlink")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The calls that matter, and the last part of what each is about, as they are made."""
    made: list[tuple[str, str]] = []
    monkeypatch.setattr(durable, "_FULL_SYNC", None)  # a Mac asks otherwise

    def watch(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(what: Any, *more: Any, **named: Any) -> Any:
            made.append((name, _said(what)))
            return real(what, *more, **named)

        return called

    for name in CALLS:
        monkeypatch.setattr(os, name, watch(name, getattr(os, name)))
    return made


def _said(what: Any) -> str:
    """What a call is about: a file under its own name, under another's, or under none."""
    path = f"/proc/self/fd/{what}" if isinstance(what, int) else str(what)
    path = os.readlink(path) if path.startswith("/proc/") else path
    if path.endswith(" (deleted)"):
        return "nameless"
    return "part" if path.endswith(".part") else Path(path).name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def test_a_file_is_on_disk_before_it_has_its_name_and_then_its_name_is(
    folder: Path, calls: list[tuple[str, str]]
) -> None:
    replace_file(folder / "keys.json", b"{}")
    assert calls == [("fsync", "nameless"), ("link", "nameless"), ("fsync", "here")]
    del calls[:]
    replace_file(folder / "keys.json", b"{ }")
    in_order = [each for each in calls if each[0] in ("fsync", "replace")]
    assert in_order == [("fsync", "nameless"), ("replace", "part"), ("fsync", "here")]
    assert [each.name for each in folder.iterdir()] == ["keys.json"]


WRITER = """
import pathlib, sys
from salus.primitives import files as durable
if sys.argv[2] == "named":
    durable._NAMELESS = 0
def plaintext():
    while True:
        yield b"a diagnosis " * 1000
        print("written", flush=True)
durable.replace_file(pathlib.Path(sys.argv[1]) / "record", plaintext())
"""


@pytest.mark.parametrize("way", ["nameless", "named"])
def test_who_is_killed_while_writing_leaves_no_plaintext_to_find(folder: Path, way: str) -> None:
    """Where files must have names, the next writer removes what the dead one left."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), way], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    others = folder / ".record.0123456789abcdef.part.txt"
    others.write_bytes(b"somebody else's")
    if way == "named":
        (living,) = folder.glob(".record.*.part")
        os.utime(living, (0, 0))
        replace_file(folder / "record", b"whole")
        assert living.exists()
    process.kill()
    process.communicate()
    if way == "named":
        os.utime(living, (0, 0))
        replace_file(folder / "record", b"whole")
    assert [each for each in folder.glob(".*") if each != others] == []


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


def test_the_folder_of_a_key_database_is_on_disk_too(
    folder: Path, calls: list[tuple[str, str]]
) -> None:
    KeyDatabase.open(f"sqlite://{folder}/new/keys.db").close()
    assert calls[:2] == [("mkdir", "new"), ("fsync", "here")]


@pytest.mark.parametrize("failing", [b"(deleted)", b"here"])
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
def test_the_database_keeps_its_promises(
    tmp_path: Path, pragma: str, value: object, closed_later: ClosedLater
) -> None:
    database = closed_later(SqliteFile.open(f"sqlite://{tmp_path}/keys.db"))
    assert database.one(f"PRAGMA {pragma}") == (value,)


@pytest.mark.parametrize("way", ["nameless", "named"])
def test_a_file_costs_the_same_beside_many(
    folder: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "named":
        monkeypatch.setattr(durable, "_NAMELESS", 0)

    def refuse(*_: object) -> None:
        pytest.fail("the folder is listed for one file in it")

    for name in ("listdir", "scandir"):
        monkeypatch.setattr(os, name, refuse)
    for content in (b"old", b"new"):
        replace_file(folder / "record", content)
    assert (folder / "record").read_bytes() == b"new"


def test_more_writers_of_one_file_than_names_wait_for_one_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_NAMELESS", 0)
    started, go_on = threading.Barrier(20 + 1), threading.Event()

    def content(number: int) -> Iterator[bytes]:
        yield b"%04d" % number
        go_on.wait(300)
        yield b"%04d" % number

    def write(number: int) -> None:
        started.wait(300)
        replace_file(folder / "record", content(number))

    with ThreadPoolExecutor(20) as writers:
        done = [writers.submit(write, number) for number in range(20)]
        started.wait(300)
        time.sleep(0.1)
        go_on.set()
    assert [each.result() for each in done] == [None] * 20
    whole = (folder / "record").read_bytes()
    assert whole[:4] == whole[4:]
    assert [each.name for each in folder.iterdir()] == ["record"]


def test_a_name_that_another_writer_took_over_is_left_to_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_NAMELESS", 0)
    first = durable.UnfinishedFile(folder / "record")
    first.replace(folder / "record")
    second = durable.UnfinishedFile(folder / "record")
    first.close()
    second.replace(folder / "record")
    second.close()
    assert [each.name for each in folder.iterdir()] == ["record"]


def test_names_that_dead_writers_left_stop_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_NAMELESS", 0)
    for number in range(8):
        left = folder / f".record.{number}.part"
        left.write_bytes(b"a diagnosis")
        os.utime(left, (0, 0))
    replace_file(folder / "record", b"whole")
    assert [each.name for each in folder.iterdir()] == ["record"]


def test_what_dead_writers_left_is_removed_on_nfs_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It locks as fcntl does: a file for one alone only where it is open for writing."""
    local = fcntl.flock

    def remote(descriptor: int, operation: int) -> None:
        opened = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        if operation & fcntl.LOCK_EX and opened == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        local(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remote)
    monkeypatch.setattr(durable, "_NAMELESS", 0)
    left = folder / ".record.0.part"
    left.write_bytes(b"a diagnosis")
    os.utime(left, (0, 0))
    replace_file(folder / "record", b"whole")
    assert [each.name for each in folder.iterdir()] == ["record"]

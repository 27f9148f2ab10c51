"""A folder as a storage: what others see, and what they put there."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from salus.primitives.errors import StorageUnavailable
from salus.vault.errors import TruncatedBlob
from salus.vault.storage import LocalStorage, open_storage
from salus.vault.storage.errors import MissingBlob

# ── a folder on disk ─────────────────────────────────────────────────────────────────────────


def test_only_the_owner_can_read_blobs(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "new")
    storage.put("blobs/x", b"x")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert storage.path("blobs/x").stat().st_mode & 0o077 == 0


def test_a_blob_is_invisible_until_it_is_whole(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    with storage.writer() as writer:
        writer.write(b"half")
        assert list(storage.list()) == []
        writer.commit("blobs/x")
    assert list(storage.list()) == ["blobs/x"]
    assert list((tmp_path / ".incoming").iterdir()) == []


def test_a_blob_that_shrinks_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/x", bytes(3 << 20))
    reading = storage.get("blobs/x")
    next(reading)
    os.truncate(storage.path("blobs/x"), 1 << 20)
    with pytest.raises(TruncatedBlob, match="early"):
        list(reading)


def test_does_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "blobs")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "x").symlink_to(secret)
    with pytest.raises(StorageUnavailable):
        list(storage.get("x"))


def test_refuses_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        LocalStorage(tmp_path / "file" / "under").put("blobs/x", b"x")


def test_opening_and_reading_a_folder_makes_nothing(tmp_path: Path) -> None:
    storage = open_storage((tmp_path / "elsewhere").as_uri())
    assert list(storage.list()) == []
    assert not storage.exists("blobs/x")
    assert not storage.delete("blobs/x")
    assert storage.sweep() == 0
    with pytest.raises(MissingBlob):
        storage.get("blobs/x")
    assert list(tmp_path.iterdir()) == []


def test_sweeps_what_dead_writers_left_but_not_what_is_being_written(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/first", b"makes the folders")
    dead = tmp_path / ".incoming" / "dead.part"
    dead.write_bytes(b"half")
    os.utime(dead, (0, 0))
    with storage.writer() as writer:
        writer.write(b"whole")
        assert storage.sweep() == 1
        writer.commit("blobs/x")
    assert not dead.exists()
    assert b"".join(storage.get("blobs/x")) == b"whole"


def test_a_part_that_its_writer_finishes_meanwhile_stops_no_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed, and linked under its name before it is looked at."""
    storage = LocalStorage(tmp_path)
    storage.put("blobs/one", b"x")
    for number in range(3):
        (tmp_path / ".incoming" / f"{number}.part").write_bytes(b"half")
    real = Path.glob

    def late(self: Path, pattern: str) -> list[Path]:
        parts = sorted(real(self, pattern))
        parts[1].unlink()
        return parts

    monkeypatch.setattr(Path, "glob", late)
    assert storage.sweep(older_than=-60) == 2
    assert list((tmp_path / ".incoming").iterdir()) == []


def test_a_sweep_takes_parts_of_the_age_it_is_told(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/one", b"x")
    for name, age in (("old", 7200), ("young", 0)):
        part = tmp_path / ".incoming" / f"{name}.part"
        part.write_bytes(b"half")
        os.utime(part, (time.time() - age,) * 2)
    assert storage.sweep(older_than=3600) == 1
    assert [part.stem for part in (tmp_path / ".incoming").iterdir()] == ["young"]


def test_what_others_put_in_the_folder_is_no_blob(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/one", b"ours")
    folder = tmp_path / "blobs"
    for name in ("README.TXT", "a b", "ü", ".hidden", "x" * 250):
        (folder / name).write_bytes(b"theirs")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "lost").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    (folder / "OLD").mkdir()
    (folder / "OLD" / "two").write_bytes(b"theirs")
    assert list(storage.list("blobs")) == list(storage.older("blobs", -60)) == ["blobs/one"]
    assert list(storage.list()) == ["blobs/one"]

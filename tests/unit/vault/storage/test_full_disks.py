"""A full disk and a killed writer leave whole blobs alone."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.campaigns import amount

from salus.primitives.errors import StorageFull
from salus.primitives.files import named_errors, replace_file
from salus.vault.crypto.cid import content_id
from salus.vault.storage import LocalStorage


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_calls_every_lack_of_room_by_one_name(code: int) -> None:
    with pytest.raises(StorageFull, match="nothing was stored"), named_errors("here"):
        raise OSError(code, os.strerror(code))


def test_a_disk_that_fills_up_midway_keeps_nothing_and_the_rest_stays(tmp_path: Path) -> None:
    """A real limit of the system, in a process of its own."""
    program = f"""
import resource, pathlib
from salus.primitives.errors import StorageFull
from salus.vault.storage import LocalStorage
from salus.primitives.files import replace_file
storage = LocalStorage(pathlib.Path({str(tmp_path)!r}))
storage.put("blobs/before", b"x" * 1000)
replace_file(storage.root / "keys", b"old")
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
for act in (
    lambda: storage.put("blobs/large", (bytes(1 << 19) for _ in range(4))),
    lambda: replace_file(storage.root / "keys", bytes(2 << 20)),
):
    try:
        act()
    except StorageFull:
        print("full")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["full", "full"]
    storage = LocalStorage(tmp_path)
    assert b"".join(storage.get("blobs/before")) == b"x" * 1000
    assert list(storage.list("blobs")) == ["blobs/before"]
    assert (tmp_path / "keys").read_bytes() == b"old"
    assert list(tmp_path.glob(".*.part")) == list((tmp_path / ".incoming").iterdir()) == []


def test_a_full_file_system_keeps_nothing(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a small file system")
    try:
        storage = LocalStorage(tmp_path)
        with pytest.raises(StorageFull):
            storage.put("blobs/large", (os.urandom(1 << 18) for _ in range(8)))
        assert list(storage.list()) == []
        assert list((tmp_path / ".incoming").iterdir()) == []
        assert storage.put("blobs/small", os.urandom(1 << 18))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_replacing_a_file_keeps_the_old_one_when_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    replace_file(path, b"old")

    def fails() -> Iterator[bytes]:
        yield b"new"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replace_file(path, fails())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import os, pathlib, sys
from salus.vault.crypto.cid import content_id
from salus.vault.storage import LocalStorage
storage = LocalStorage(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
while True:
    blob = os.urandom(3_000_000)
    name = "blobs/" + content_id(blob)
    storage.put(name, (blob[at:at + 4096] for at in range(0, len(blob), 4096)))
    print(name, flush=True)
"""


@pytest.mark.campaign
def test_kill_9_never_leaves_half_a_blob_nor_loses_a_whole_one(tmp_path: Path) -> None:
    said = set()
    for round_ in range(amount(12, sample=4)):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if round_ % 3 == 0:  # on a busy machine a moment is not enough for a single blob
            said.add(process.stdout.readline().strip())
        time.sleep(0.01 + 0.007 * round_)
        process.send_signal(signal.SIGKILL)
        said |= set(process.communicate()[0].split("\n")[:-1])

    storage = LocalStorage(tmp_path)
    for name in storage.list():
        assert name == "blobs/" + content_id(storage.get(name))
    assert said <= set(storage.list())
    assert said

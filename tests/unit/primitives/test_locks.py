"""A lock ends when its owner lets go of it, whoever was forked meanwhile."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from salus.primitives import files
from salus.primitives.errors import StorageBusy
from salus.primitives.files import locked, replace_file

PROGRAM = """
import os, pathlib, sys
from salus.primitives.errors import StorageBusy
from salus.primitives.files import locked, written

path = pathlib.Path(sys.argv[1])

def tried():
    try:
        with locked(path, wait=0):
            print("taken", flush=True)
    except StorageBusy:
        print("busy", flush=True)

def waiting_child():
    reader, writer = os.pipe()
    ready, started = os.pipe()
    child = os.fork()
    if not child:
        os.close(writer)
        os.write(started, b"!")  # it has let go of what it inherited
        os.read(reader, 1)
        os._exit(0)
    os.read(ready, 1)
    os.close(reader)
    return child, writer

def ended(child, writer):
    os.close(writer)
    os.waitpid(child, 0)
"""


def told(path: Path, program: str) -> list[str]:
    """What a program of its own prints: forking is for processes without threads."""
    run = [sys.executable, "-c", PROGRAM + program, str(path)]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()


def test_who_waits_too_long_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    told = r"another program has held .*keys.json for 0 s, .*try again"
    with locked(path), pytest.raises(StorageBusy, match=told), locked(path, wait=0):
        pytest.fail("two have it")
    with locked(path, wait=0):
        pass


def test_a_child_that_lives_on_keeps_nobody_out(tmp_path: Path) -> None:
    program = """
with locked(path):
    child = waiting_child()
tried()
ended(*child)
"""
    assert told(tmp_path / "keys.json", program) == ["taken"]


def test_a_child_that_ends_lets_nobody_in(tmp_path: Path) -> None:
    program = """
with locked(path):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        tried()
if not child:
    os._exit(0)
tried()
"""
    assert told(tmp_path / "keys.json", program) == ["busy", "taken"]


def test_the_lock_of_a_parent_that_was_killed_ends_although_a_child_lives_on(
    tmp_path: Path,
) -> None:
    program = """
import signal
reader, writer = os.pipe()
owner = os.fork()
if not owner:
    with locked(path):
        child, _ = waiting_child()
        os.write(writer, str(child).encode())
        os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(owner, 0)
child = int(os.read(reader, 20))
tried()
os.kill(child, signal.SIGKILL)
"""
    assert told(tmp_path / "keys.json", program) == ["taken"]


def test_a_child_leaves_a_file_on_its_way_to_its_parent(tmp_path: Path) -> None:
    program = """
import salus.primitives.files as files
files._NAMELESS = 0  # as on systems where a file on its way has a name
with written(path, b"{}") as part:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        part.replace(path)
if not child:
    os._exit(0)
print(path.read_text())
"""
    assert told(tmp_path / "keys.json", program) == ["{}"]


def test_a_disk_that_has_a_cache_is_told_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a Mac's; where a file system does not know how, fsync has to do."""
    asked, synced = [], []
    monkeypatch.setattr(files, "_FULL_SYNC", 51)
    monkeypatch.setattr(fcntl, "fcntl", lambda descriptor, what: asked.append(what))
    monkeypatch.setattr(os, "fsync", synced.append)
    replace_file(tmp_path / "one", b"{}")
    assert set(asked) == {51}
    assert not synced

    def refuse(descriptor: int, what: int) -> None:
        raise OSError(45, "not supported")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    replace_file(tmp_path / "two", b"{}")
    assert synced

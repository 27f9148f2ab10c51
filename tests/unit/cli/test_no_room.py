"""A full disk under state and blobs: looking after records goes on by command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine
from tests.support.shells import Shells
from tests.unit.cli.test_own_records_offline import add
from tests.unit.cli.test_vault_at_a_terminal import equip


@pytest.fixture
def keeper(shell: Shells) -> Iterator[CommandLine]:
    person = shell()
    disk = person.folder / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let tests mount a small file system")
    try:
        equip(person)
        for setting in ("SALUS_STATE", "SALUS_STORAGE"):
            told = person.settings[setting]
            person.settings[setting] = told.replace(str(person.folder), str(disk))
        person("records", "announce", (person.folder / "inbox").as_uri(), "--yes")
        yield person
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue


def test_what_looks_after_records_needs_no_room(keeper: CommandLine) -> None:
    gone, kept = add(keeper), add_other(keeper)
    disk = keeper.folder / "disk"
    fill(disk)
    assert len(keeper("records", "list").data) == 2
    assert keeper("vault", "check", "--deep").data["sound"]
    fill(disk)
    assert keeper("vault", "gc", "--older-than", "0s").code == 0
    fill(disk)
    erased = keeper("records", "erase", gone, "--yes")
    assert erased.data["complete"]
    assert [each["record"] for each in keeper("records", "list").data] == [kept]
    fill(disk)
    assert keeper("vault", "check", "--deep").data["sound"]
    assert keeper("records", "open", kept, "--out", "kept.out").code == 0


def add_other(keeper: CommandLine) -> str:
    path = keeper.write("other.bin", b"another note")
    told = keeper("records", "add", path, "--patient", keeper.me, "--class", "DocumentReference")
    return str(told.data["records"][0])

"""An object store in a forked child: its threads are not there, and a call would never end."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from obstore.store import MemoryStore
from salus.errors import StorageError
from salus.vault.storage.objects import ObjectStorage

storage = ObjectStorage(MemoryStore(), "s3://bucket")
if sys.argv[1] == "used":
    storage.put("blobs/one", b"ciphertext")
child = os.fork()
if not child:
    for each in (storage, ObjectStorage(MemoryStore(), "s3://another")):
        for act in (
            lambda: each.exists("blobs/one"),
            lambda: each.put("blobs/two", b"ciphertext"),
            lambda: list(each.list()),
            lambda: list(each.older("blobs", 0.0)),
            lambda: each.delete("blobs/one"),
            lambda: each.keeps_versions(),
        ):
            try:
                act()
                print("answered")
            except StorageError as error:
                print(error)
    sys.exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.parametrize("state", ["used", "unused"])
def test_it_is_refused_by_name_where_its_parent_used_one(state: str) -> None:
    run = [sys.executable, "-c", PROGRAM, state]
    done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300)
    told = done.stdout.splitlines()
    assert len(told) == 12
    for each in told:
        assert each == "answered" if state == "unused" else "spawn or forkserver" in each

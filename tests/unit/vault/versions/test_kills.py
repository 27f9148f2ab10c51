"""Kills -9 while a vault adds, shares, erases, re-encrypts and collects: nothing lost.

The writer is forked from a process that has everything loaded, so that many deaths take
seconds; `make campaigns` kills a thousand times.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.campaigns import amount
from tests.support.closing import ClosedLater
from tests.support.sharing import share_record

from salus.vault import Compartment, IdentityKeys, Vault
from salus.vault.errors import RecordErased

pytestmark = pytest.mark.slow

KILLS = amount(1000, sample=40)
CONTENTS = (b"one", b"t" + bytes(300_000) + b"wo")


def open_vault(folder: Path) -> Vault:
    keys = IdentityKeys.from_secret_bytes((folder / "secret").read_bytes())
    url = f"sqlite://{folder}/keys.db"
    vault = Vault((folder / "blobs").as_uri(), url, keys=keys, chain_id=1)
    # After each kill the chain is asked again; here nothing was erased anywhere else.
    vault.database.comparison.set(vault.database.comparison.mark)
    return vault


def work(folder: Path, said: int, ready: int) -> None:
    """Do all that a vault does, and tell each step once it is promised."""
    vault = open_vault(folder)
    os.write(ready, b".")
    labs = Compartment(patient=vault.identity, resource_class="Observation")

    def add(content: bytes, record: str | None = None) -> str:
        return vault.add(
            content,
            compartment=labs,
            media_type="text/plain",
            created_at=0,
            record=record,
        ).manifest.record_id

    def say(word: str, record: str) -> None:
        os.write(said, f"{word} {record}\n".encode())

    while True:
        record = add(CONTENTS[0])
        say("one", record)
        add(CONTENTS[1], record)
        say("two", record)
        share_record(vault, record, vault.keys.document, consent=record)
        if random.random() < 0.5:
            say("erasing", record)
            vault.erase(record, erased_at=0)
            say("erased", record)
        if random.random() < 0.3:
            vault.upkeep.rekey()
        if random.random() < 0.3:
            vault.upkeep.collect(older_than=0)


def kill_one(folder: Path, said: int, *, after: int) -> None:
    """Kill a writer at any moment after it said so many bytes."""
    hears, ready = os.pipe()
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            random.seed()
            work(folder, said, ready)
        os._exit(1)
    os.close(ready)
    os.read(hears, 1)
    os.close(hears)
    before = os.fstat(said).st_size
    while os.fstat(said).st_size < before + after:
        assert os.waitpid(process, os.WNOHANG) == (0, 0), "the writer failed before it was killed"
        time.sleep(0.001)
    time.sleep(random.uniform(0.0, 0.1))
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status), "the writer failed before it was killed"


def main(folder: Path, kills: int) -> None:
    said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in range(kills):
        # on a busy machine a moment is not enough for a single record
        kill_one(folder, said, after=0 if number % 10 else 1)


@pytest.mark.campaign
def test_many_kills_lose_nothing(tmp_path: Path, closed_later: ClosedLater) -> None:
    keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    (tmp_path / "secret").write_bytes(keys.to_secret_bytes())
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, __file__, str(tmp_path), str(KILLS)], check=True, env=around)
    words = [line.split() for line in (tmp_path / "said").read_text().splitlines()]
    reached = {record: word for word, record in words}
    assert len(reached) >= KILLS // 10

    vault = closed_later(open_vault(tmp_path))
    vault.upkeep.rekey()  # finishes what was begun, or does it once more
    assert vault.upkeep.check(deep=True, repair=True).sound
    for record, word in reached.items():
        try:
            content = vault.open(vault.manifest(record)).read()
        except RecordErased:
            assert word in ("erasing", "erased")
            continue
        assert word != "erased"
        assert content == CONTENTS[1] or (word == "one" and content == CONTENTS[0])

    vault.upkeep.collect(older_than=0)
    pointed = {vault.where_it_lies(each).blob.name for each in vault.manifests()}
    assert set(vault.storage.list("blobs")) == pointed
    assert list((tmp_path / "blobs" / ".incoming").iterdir()) == []
    assert vault.upkeep.check(deep=True).findings == ()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

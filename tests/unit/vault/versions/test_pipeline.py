"""Blocks are taken in order, by a thread where one can be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from salus.vault.versions import pipeline
from salus.vault.versions.pipeline import BlockWorker

AT_EXIT = """
import atexit, sys
from salus.vault import Compartment, IdentityKeys, Vault

ISSUER, PATIENT = "0x" + "ab" * 20, "0x" + "cd" * 20
keys = IdentityKeys.generate(ISSUER, created_at=0)
vault = Vault("file://" + sys.argv[1], "memory:", keys=keys, chain_id=1)
labs = Compartment(patient=PATIENT, resource_class="Observation.laboratory")

def late():
    content = bytes(8 << 20)
    added = vault.add(content, compartment=labs, media_type="text/plain", created_at=0)
    print(vault.open(added.manifest).read() == content)

atexit.register(late)
"""


def test_a_record_can_be_added_and_read_when_the_program_ends(tmp_path: Path) -> None:
    run = [sys.executable, "-c", AT_EXIT, str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def refuse(*_: object) -> None:
    raise RuntimeError("cannot schedule new futures after interpreter shutdown")


@pytest.mark.parametrize("last", [0, 1, 3])
def test_blocks_stay_in_order_when_threads_end(monkeypatch: pytest.MonkeyPatch, last: int) -> None:
    taken: list[bytes] = []
    blocks = [bytes([number]) for number in range(6)]
    with BlockWorker(lambda block: taken.append(bytes(block))) as worker:
        for number, block in enumerate(blocks):
            if number == last:
                monkeypatch.setattr(pipeline.ThreadPoolExecutor, "submit", refuse)
            worker(block)
        worker.finish()
    assert taken == blocks

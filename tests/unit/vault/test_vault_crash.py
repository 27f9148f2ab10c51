"""kill -9 at any moment: no pointer points to nothing, and nothing that was promised is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from salus.errors import MissingRecord, RecordErased
from salus.vault import IdentityKeys, Vault
from salus.vault.passphrase import FASTEST, load_keys, save_keys

WORKER = """
import os, pathlib, sys
from salus.vault import Compartment, IdentityKeys, Vault
folder = pathlib.Path(sys.argv[1])
keys = IdentityKeys.from_secret_bytes((folder / "secret").read_bytes())
class Author:
    identity, signer = keys.identity, bytes.fromhex(keys.identity[2:])
    def sign_typed_data(self, typed): return b"signed"
vault = Vault((folder / "blobs").as_uri(), f"sqlite://{folder}/keys.db", keys=keys, chain_id=1)
labs = Compartment(patient=keys.identity, resource_class="Observation")
print("ready", flush=True)
def add(content, record=None):
    return vault.add(content, author=Author(), compartment=labs, media_type="text/plain",
                     created_at=0, record=record).manifest.record_id
while True:
    record = add(b"one")
    print("one", record, flush=True)
    add((b"t", bytes(300_000), b"wo"), record)
    print("two", record, flush=True)
    vault.share_record(record, keys.document, consent=record)
    print("shared", record, flush=True)
    if os.urandom(1)[0] < 128:
        print("erasing", record, flush=True)
        vault.erase(record, erased_at=0)
        print("erased", record, flush=True)
"""


def killed_after(lines: int, seconds: float, folder: Path) -> list[list[str]]:
    """Let it say so many lines, wait a moment that ends anywhere, and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    said += process.communicate()[0].splitlines()
    return [line.split() for line in said if line.strip() != "ready"]


def test_kill_9_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    (tmp_path / "secret").write_bytes(keys.to_secret_bytes())
    said: list[list[str]] = []
    for round_ in range(12):
        said += killed_after(4 + 2 * round_ % 9, 0.0007 * round_, tmp_path)

    url = f"sqlite://{tmp_path}/keys.db"
    vault = Vault((tmp_path / "blobs").as_uri(), url, keys=keys, chain_id=1)
    versions = {"one": 1, "two": 2, "shared": 2}
    reached = {record: word for word, record in said}
    erased = {record for record, word in reached.items() if word == "erased"}
    for record, word in reached.items():
        if word in versions:
            assert vault.manifest(record).manifest.version >= versions[word]
    for record in erased:
        try:
            vault.manifest(record)
        except (RecordErased, MissingRecord):
            continue
        raise AssertionError(f"{record} came back")
    for manifest in vault.manifests():
        assert vault.open(manifest).read() in (b"one", b"t" + bytes(300_000) + b"wo")
    assert erased
    pointed = {manifest.blob_name for manifest in vault.manifests()}
    orphans = set(vault.storage.list("blobs")) - pointed
    assert len(orphans) <= 2 * 12


def test_kill_9_while_keys_are_saved_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    save_keys(path, keys, passphrase="p", cost=FASTEST)
    program = f"""
import pathlib
from salus.vault.passphrase import FASTEST, load_keys, save_keys
path = pathlib.Path({str(path)!r})
keys = load_keys(path, passphrase="p")
print("ready", flush=True)
while True:
    keys = keys.rotate(created_at=0)
    save_keys(path, keys, passphrase="p", cost=FASTEST)
    print(len(keys.keys), flush=True)
"""
    last = 1
    for round_ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.03 * round_)
        process.send_signal(signal.SIGKILL)
        saved = [int(line) for line in process.communicate()[0].split()]
        last = max([last, *saved])
        assert len(load_keys(path, passphrase="p").keys) in (last, last + 1)
        last = len(load_keys(path, passphrase="p").keys)

"""How fast the vault is, beside what AES-256-GCM alone and age reach on this machine now.

Run ``python benchmarks/vault.py``: one JSON object of figures, all measured in this run. MB are
10**6 bytes; every throughput is the best of several passes, as whatever else runs only slows.
``--toy`` does the same work on a hundredth of the bytes: it shows that the benchmark runs, and its
figures mean nothing.

- ``aes_gcm_limit_mb_s``: segments of 64 KiB through one buffer, no format, nothing kept.
- ``encrypt_mb_s``, ``decrypt_mb_s``: the envelope, from memory, ciphertext or plaintext dropped.
- ``sha256_mb_s``: SHA-256 alone on one core: adding a record hashes every byte twice, once for the
  content id and once for the commitment, so that two cores cannot add faster than this.
- ``content_id_mb_s``: the content id alone.
- ``age_mb_s``: Debian's ``age -r`` to /dev/null; null where it is not installed.
- ``records_add_mb_s``, ``records_add_rss_mib``: ``Vault.add`` of a 1 GiB file into ``file://``
  storage, in a process of its own; without the anchor, which costs the same for any size.
- ``storage_mb_s``: the same bytes written there and made durable, and nothing else: no addition
  can be faster.
- ``range_read_ms``: 100 bytes from the middle of that record.
- ``grant_10_ms``, ``grant_10000_ms``: choosing and giving the keys of a grant over one
  compartment of so many records.
- ``wrap_us``, ``unwrap_us``: one key sealed to a reader, and opened.

Example:
    >>> best(lambda: None, passes=1) >= 0
    True
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from salus.vault import Compartment, IdentityKeys, Vault
from salus.vault.crypto import hpke
from salus.vault.crypto.cid import content_id
from salus.vault.crypto.envelope import decrypt, encrypt
from salus.vault.crypto.segments import SEGMENT_PLAINTEXT
from salus.vault.database.key_database import KeyDatabase
from salus.vault.keyring.keyring import Keyring
from salus.vault.sharing.sharing import KeySharing

TOY = "--toy" in sys.argv
SIZE = (4 if TOY else 256) << 20
FILE = (8 if TOY else 1024) << 20
MANY = 100 if TOY else 10_000
PASSES = 2 if TOY else 50
KEY = os.urandom(32)
PERSON = "0x" + "ab" * 20


class Notary:
    """Signs nothing: signing is measured elsewhere."""

    identity = PERSON
    signer = bytes.fromhex(PERSON[2:])

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """Return a fixed signature."""
        return bytes(65)


def best(act: Callable[[], object], *, passes: int = 5) -> float:
    """Time something.

    Args:
        act: What to time.
        passes: How often.

    Returns:
        Seconds of the fastest pass.
    """
    took = []
    for _ in range(passes):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return min(took)


def throughput(act: Callable[[], object], size: int, *, passes: int = 5) -> float:
    """Time something that works through bytes.

    Args:
        act: What to time.
        size: How many bytes.
        passes: How often.

    Returns:
        MB/s.
    """
    return round(size / best(act, passes=passes) / 1e6, 1)


def drain(pieces: Any) -> None:
    """Read a stream to its end and keep nothing."""
    for _ in pieces:
        pass


def ciphers() -> dict[str, float | None]:
    """Measure the envelope and its bounds on one buffer of random bytes."""
    clear = os.urandom(SIZE)
    blob = b"".join(encrypt(clear, key=KEY, associated_data=b""))
    view, gcm, out = memoryview(clear), AESGCM(KEY), bytearray(SEGMENT_PLAINTEXT + 16)

    def limit() -> None:
        for at in range(0, SIZE - SEGMENT_PLAINTEXT, SEGMENT_PLAINTEXT):
            nonce = at.to_bytes(12, "big")
            gcm.encrypt_into(nonce, view[at : at + SEGMENT_PLAINTEXT], None, out)

    return {
        "vault.aes_gcm_limit_mb_s": throughput(limit, SIZE),
        "vault.encrypt_mb_s": throughput(
            lambda: drain(encrypt(clear, key=KEY, associated_data=b"")), SIZE
        ),
        "vault.decrypt_mb_s": throughput(
            lambda: drain(decrypt(blob, key=KEY, associated_data=b"")), SIZE
        ),
        "vault.sha256_mb_s": throughput(lambda: hashlib.sha256(blob).digest(), SIZE, passes=3),
        "vault.content_id_mb_s": throughput(lambda: content_id(blob), SIZE, passes=3),
        "vault.age_mb_s": age(clear),
    }


def age(clear: bytes) -> float | None:
    """Measure age on the same bytes, where it is installed."""
    if not (shutil.which("age") and shutil.which("age-keygen")):
        return None
    made = subprocess.run(["age-keygen"], capture_output=True, text=True, check=True)
    recipient = next(line for line in made.stdout.splitlines() if "public key:" in line).split()[-1]
    with tempfile.NamedTemporaryFile() as file:
        file.write(clear)
        file.flush()
        command = ["age", "-r", recipient, "-o", "/dev/null", file.name]
        return throughput(lambda: subprocess.run(command, check=True), SIZE)


def adding() -> dict[str, float]:
    """Add a file in a process of its own, which tells how much memory it took."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "study"
        with source.open("wb") as file:
            for _ in range(FILE >> 20):
                file.write(os.urandom(1 << 20))
            # or the kernel writes it out while the additions are timed
            file.flush()
            os.fsync(file.fileno())
        done = subprocess.run(
            [sys.executable, __file__, "add", folder, *(["--toy"] if TOY else [])],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def add_here(folder: Path) -> dict[str, float]:
    """The part of :func:`adding` that runs in its own process."""
    import resource

    keys = IdentityKeys.generate(PERSON, created_at=0)
    vault = Vault(
        (folder / "blobs").as_uri(), f"sqlite://{folder}/keys.db", keys=keys, chain_id=31337
    )
    compartment = Compartment(patient=PERSON, resource_class="ImagingStudy")
    took, record = [], None
    for _ in range(3):
        start = time.perf_counter()
        with (folder / "study").open("rb") as source:
            added = vault.add(
                source,
                compartment=compartment,
                media_type="application/dicom",
                created_at=0,
            )
        took.append(time.perf_counter() - start)
        if record is not None:
            vault.erase(record, erased_at=0)
        record = added.manifest.record_id
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    block = os.urandom(1 << 20)

    def write() -> None:
        with vault.storage.writer() as writer:
            for _ in range(FILE >> 20):
                writer.write(block)
            writer.commit("blobs/alone")
        vault.storage.delete("blobs/alone")

    opened = vault.open(added.manifest)
    ranged = best(lambda: opened.read_range(FILE // 2, 100), passes=PASSES)
    return {
        "vault.records_add_mb_s": round(FILE / min(took) / 1e6, 1),
        "vault.records_add_rss_mib": round(peak, 1),
        "vault.storage_mb_s": throughput(write, FILE, passes=3),
        "vault.range_read_ms": round(ranged * 1e3, 3),
    }


def grant_ms(records: int) -> float:
    """Choose and give the keys of a grant over one compartment."""
    keys = IdentityKeys.generate(PERSON, created_at=0)
    store = KeyDatabase.open("memory:")
    ring = Keyring(store, keys)
    compartment = Compartment(patient=PERSON, resource_class="Observation")
    with store.transaction():
        for number in range(records):
            record = number.to_bytes(16, "big")
            ring.keep(ring.generate(), record=record, version=1, compartment=compartment)
    sharing = KeySharing(store, ring)

    def grant() -> None:
        plan = ring.plan(covers=lambda _: True, permits=lambda _: False)
        drain(sharing.give(plan, keys.document, consent="c", guard=lambda: None))

    return round(best(grant, passes=PASSES) * 1e3, 3)


def wrapping() -> dict[str, float]:
    """Seal and open one record key."""
    seed = hpke.generate_seed()
    public = hpke.public_key(seed)
    sealed = hpke.seal(public, info=b"", plaintext=bytes(64))
    return {
        "vault.wrap_us": round(
            best(lambda: hpke.seal(public, info=b"", plaintext=bytes(64)), passes=4 * PASSES) * 1e6,
            1,
        ),
        "vault.unwrap_us": round(
            best(lambda: hpke.open_sealed(seed, info=b"", sealed=sealed), passes=4 * PASSES) * 1e6,
            1,
        ),
    }


def figures() -> dict[str, float | None]:
    """Measure everything.

    Returns:
        Each figure by its name.
    """
    # Adding first, while this process is small: a child's peak memory starts with its parent's.
    return {
        **adding(),
        **ciphers(),
        "vault.grant_10_ms": grant_ms(10),
        f"vault.grant_{MANY}_ms": grant_ms(MANY),
        **wrapping(),
    }


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["add"]:
        print(json.dumps(add_here(Path(sys.argv[2]))))
    else:
        print(json.dumps(figures(), indent=2))


if __name__ == "__main__":
    main()

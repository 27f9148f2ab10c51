"""Measure Salus on this machine and print one JSON document.

Every figure is measured in the run that prints it, best of three; words go to stderr.

Example:
    $ python scripts/bench.py | python -m json.tool
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from salus import merkle
from salus.vault import hpke
from salus.vault.envelope import decrypt, encrypt

ROUNDS = 3
PLAINTEXT = 256 * 2**20  # bytes
SEGMENT = 64 * 2**10  # bytes, as in the envelope
LEAVES = 200_000
WRAPS = 200


def seconds(work: Callable[[], object]) -> float:
    """Time some work.

    Args:
        work: What to time; run three times.

    Returns:
        The shortest time, in seconds.
    """
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def measure_vault() -> dict[str, float]:
    """Measure encryption beside what AES-256-GCM alone reaches on one core, and key wraps.

    Returns:
        Megabytes (10^6 bytes) a second, and microseconds a wrap of a 32-byte key.
    """
    key, bound_to, plaintext = os.urandom(32), b"bench", os.urandom(PLAINTEXT)
    view, out = memoryview(plaintext), bytearray(SEGMENT + 16)
    cipher = AESGCM(key)

    def bare_aes_gcm() -> None:
        for index, start in enumerate(range(0, PLAINTEXT, SEGMENT)):
            nonce = index.to_bytes(12, "big")
            cipher.encrypt_into(nonce, view[start : start + SEGMENT], None, out)

    def drain(pieces: Iterable[object]) -> None:
        deque(pieces, maxlen=0)

    blob = b"".join(encrypt(plaintext, key=key, associated_data=bound_to))
    seed = hpke.generate_seed()
    reader = hpke.public_key(seed)
    wrap = hpke.seal(reader, info=b"bench", plaintext=key)
    megabytes = PLAINTEXT / 1e6
    return {
        "aes_gcm_limit_mb_s": megabytes / seconds(bare_aes_gcm),
        "encrypt_mb_s": megabytes
        / seconds(lambda: drain(encrypt(plaintext, key=key, associated_data=bound_to))),
        "decrypt_mb_s": megabytes
        / seconds(lambda: drain(decrypt(blob, key=key, associated_data=bound_to))),
        "wrap_us": 1e6
        / WRAPS
        * seconds(lambda: [hpke.seal(reader, info=b"bench", plaintext=key) for _ in range(WRAPS)]),
        "unwrap_us": 1e6
        / WRAPS
        * seconds(
            lambda: [hpke.open_sealed(seed, info=b"bench", sealed=wrap) for _ in range(WRAPS)]
        ),
    }


def measure_merkle() -> dict[str, float]:
    """Measure the tree over many leaves.

    Returns:
        Leaves a second for a root, milliseconds for one inclusion proof.
    """
    leaves = [hashlib.sha256(index.to_bytes(8, "big")).digest() for index in range(LEAVES)]
    return {
        "root_leaves_s": LEAVES / seconds(lambda: merkle.root(leaves)),
        "inclusion_proof_ms": 1e3 * seconds(lambda: merkle.inclusion_proof(leaves, LEAVES // 3)),
    }


def main() -> None:
    """Measure everything and print it."""
    figures: dict[str, object] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()}
    }
    for name, measure in (("vault", measure_vault), ("merkle", measure_merkle)):
        print(f"bench: {name}", file=sys.stderr)
        figures[name] = {key: round(value, 1) for key, value in measure().items()}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

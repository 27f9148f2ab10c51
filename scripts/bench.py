"""Measure Salus on this machine and print one JSON document.

Every figure is measured in the run that prints it, best of three; words go to stderr. ``--toy``
does the same work on few bytes: it shows that the benchmarks run, and its figures mean nothing.

Example:
    $ python scripts/bench.py | python -m json.tool
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from salus.primitives.merkle import MerkleTree

ROUNDS = 3
TOY = "--toy" in sys.argv
LEAVES = 2_000 if TOY else 200_000


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


def measure(name: str) -> dict[str, float | None]:
    """Run a benchmark in a process of its own, whose memory starts small.

    Args:
        name: Its file in ``benchmarks/``, which tells what each figure is.

    Returns:
        Its figures, by name.
    """
    script = Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
    command = [sys.executable, str(script), *(["--toy"] if TOY else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    figures: dict[str, float | None] = json.loads(done.stdout)
    return figures


def measure_merkle() -> dict[str, float | None]:
    """Measure the tree over many leaves.

    Returns:
        Leaves a second for a root, milliseconds for one inclusion proof.
    """
    leaves = [hashlib.sha256(index.to_bytes(8, "big")).digest() for index in range(LEAVES)]
    return {
        "merkle.root_leaves_s": LEAVES / seconds(lambda: MerkleTree(leaves).root()),
        "merkle.inclusion_proof_ms": 1e3
        * seconds(lambda: MerkleTree(leaves).inclusion_proof(LEAVES // 3)),
    }


def main() -> None:
    """Measure everything and print it."""
    figures: dict[str, object] = {
        "toy": TOY,
        "machine.cores": os.cpu_count(),
        "machine.load": round(os.getloadavg()[0], 1),
        "machine.python": platform.python_version(),
    }
    parts: dict[str, Callable[[], dict[str, float | None]]] = {
        "vault": partial(measure, "vault"),
        "records": partial(measure, "records"),
        "transactions": partial(measure, "transactions"),
        "fhir": partial(measure, "fhir"),
        "start": partial(measure, "start"),
        "events": partial(measure, "events"),
        "consents": partial(measure, "consents"),
        "merkle": measure_merkle,
    }
    for name, work in parts.items():
        print(f"bench: {name}", file=sys.stderr)
        for key, value in work().items():
            figures[key] = value if value is None else round(value, 3)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

"""A web worker's first requests come at once: rooms that threads touch first import in peace.

A package that imports modules of its own in its ``__init__`` and a thread that imports such a
module first wait for each other's lock (python/cpython issue 83065).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "salus"
PROGRAM = """
import sys
import threading
sys.setswitchinterval(1e-6)
import salus
TOUCHES = [
    "from salus.gs1 import parse_scan", "from salus.gs1.links import escape",
    "from salus.epcis import event_hash", "from salus.epcis.hashing import read_document",
    "from salus.drugs import lot_id", "from salus.drugs.errors import MalformedOpening",
    "from salus.fhir import validate", "from salus.fhir.labels import labels_of",
    "from salus.terms import Terms", "from salus.terms.model import Rule",
    "from salus_verify import Receipt", "from salus_verify.log import Checkpoint",
]
together, failed = threading.Barrier(len(TOUCHES)), []
def touch(line):
    together.wait()
    try:
        exec(line)
    except BaseException as problem:
        failed.append(f"{line}: {problem!r}")
threads = [threading.Thread(target=touch, args=[line]) for line in TOUCHES]
[each.start() for each in threads]
[each.join() for each in threads]
sys.exit("; ".join(failed) or 0)
"""


@pytest.mark.parametrize("_", range(3))
def test_threads_may_touch_rooms_first_at_once(_: int) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_door_imports_its_own_modules() -> None:
    """The cause, of which threads show only so many effects."""
    own = {
        path.relative_to(SOURCE).as_posix(): node.module
        for path in SOURCE.rglob("__init__.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(
            ".".join(["salus", *path.relative_to(SOURCE).parts[:-1], ""])
        )
        and path.parent != SOURCE
    }
    assert own == {}

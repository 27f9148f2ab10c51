"""What a test leaves open fails the suite, however late it is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
import gc, sys
from pathlib import Path
from salus.anchors.store import LogStore

gc.disable()

def test_leaves(tmp_path: Path) -> None:
    opened = [LogStore.open(f"sqlite://{tmp_path}/logs.sqlite", chain_id=1)]
    opened.append(opened)  # no count of references gets to nothing
    CLOSED
"""


@pytest.mark.parametrize("closed", [True, False])
def test_what_no_collection_met_fails_the_last_test(
    root: Path, tmp_path: Path, closed: bool
) -> None:
    (tmp_path / "test_leaves.py").write_text(
        TEST.replace("CLOSED", "opened[0].close()" if closed else "")
    )
    where = ("-c", root / "pyproject.toml", "--rootdir", tmp_path, "-p", "tests.conftest")
    around = {**os.environ, "PYTHONPATH": str(root), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *where, tmp_path],
        env=around,
        capture_output=True,
        text=True,
    )
    assert ("logs.sqlite was left open" in done.stdout) is not closed, done.stdout
    assert ("1 error" in done.stdout, done.returncode) == (not closed, int(not closed))

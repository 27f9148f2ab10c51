"""What stands between make and a tool passes on how the tool ended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("argument", "ends_well"), [("--version", True), ("--no-such-option", False)]
)
def test_forge_ends_as_forge_does(root: Path, argument: str, ends_well: bool) -> None:
    forge = root / "scripts" / "bin" / "forge"
    if not (root / "node_modules" / "@foundry-rs").is_dir():
        pytest.skip("node_modules is not installed: run `make setup`")
    ran = subprocess.run([forge, argument], capture_output=True, check=False)
    assert (ran.returncode == 0) is ends_well


def test_make_takes_the_forge_whose_exit_code_counts(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    (path,) = (line for line in makefile.splitlines() if line.startswith("export PATH"))
    assert path.index("scripts/bin") < path.index("node_modules/.bin")

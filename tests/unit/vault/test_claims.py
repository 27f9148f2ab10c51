"""Every claim of the threat model names tests that exist."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent


def names_in(name: str) -> list[str]:
    (path,) = [ROOT / name] if "/" in name else HERE.rglob(f"test_{name}.py")
    source = path.read_text()
    return re.findall(r"^def (test_\w+)", source, re.MULTILINE)


def claims() -> list[str]:
    text = (ROOT / "docs" / "vault.md").read_text()
    table = text.split("## Threat model")[1].split("Test files are named")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    return [row[2] for row in rows[1:]]


def test_every_claim_names_tests_that_exist() -> None:
    assert len(claims()) > 20
    for cell in claims():
        file = ""
        for quoted in re.findall(r"`([^`]+)`", cell):
            name, _, test = quoted.rpartition("::")
            if not name and not re.match(r"test_|…", test):
                name, test = test, "test_…"
            file = name or file
            pattern = test.replace("…", "*")
            assert any(fnmatch(found, pattern) for found in names_in(file)), quoted

"""A file that nobody can hold in mind is cut where its ideas part."""

from __future__ import annotations

from pathlib import Path

MOST = 350
"""Lines of a file of Python or Solidity."""
WRITTEN = ("src", "packages", "contracts", "tests", "scripts", "benchmarks")
LEAST = {".py": 500, ".sol": 100}
"""How many files of a kind there are at least: a search that finds none would pass."""


def lines_of(root: Path) -> dict[str, int]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for folder in WRITTEN
        for path in (root / folder).rglob("*")
        if path.suffix in LEAST
    }


def test_no_file_is_longer_than_can_be_read_at_once(root: Path) -> None:
    sizes = lines_of(root)
    found = {kind: sum(file.endswith(kind) for file in sizes) for kind in LEAST}
    assert all(found[kind] > least for kind, least in LEAST.items()), found
    assert {file: lines for file, lines in sizes.items() if lines > MOST} == {}

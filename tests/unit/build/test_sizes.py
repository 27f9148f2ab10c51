"""A file that nobody can hold in mind is cut where its ideas part."""

from __future__ import annotations

from pathlib import Path

MOST = 350
"""Lines of a file of Python."""
WRITTEN = ("src", "packages", "tests", "scripts", "benchmarks")


def lines_of(root: Path) -> dict[str, int]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for folder in WRITTEN
        for path in (root / folder).rglob("*.py")
    }


def test_no_file_is_longer_than_can_be_read_at_once(root: Path) -> None:
    sizes = lines_of(root)
    assert len(sizes) > 500, "this looks where the files are"
    assert {file: lines for file, lines in sizes.items() if lines > MOST} == {}

"""Manuals and decisions are written in lines that fit beside each other in a review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WIDTH = 130
"""Characters of a line at most; what is wrapped is wrapped at 120."""
GENERATED = {"docs/assurance.md", "docs/errors.md", "docs/gas.md"}
"""Pages that scripts write."""
PAGES = [
    path
    for folder in (ROOT, ROOT / "packages" / "salus-verify", ROOT / "tests", ROOT / "deployments")
    for path in sorted(folder.glob("*.md"))
] + [
    path
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if path.relative_to(ROOT).as_posix() not in GENERATED
]


def prose(text: str) -> Iterator[str]:
    """The lines of a page without blocks of code and tables, links without their targets."""
    is_code = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and not line.lstrip().startswith("|"):
            yield re.sub(r"\]\([^)]*\)", "]", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_prose_is_wrapped(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [line for line in prose(text) if len(line) > WIDTH] == [], "wrap it at 120"


def test_tables_code_and_targets_do_not_count() -> None:
    page = f"```\n{'x' * 200}\n```\n| {'x' * 200} |\n[a]({'x' * 200})\n{'x' * 200}"
    assert list(prose(page)) == ["[a]", "x" * 200]

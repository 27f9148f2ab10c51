"""The page of formats names every one, and each frozen one has vectors that hold it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
SOURCES = (ROOT / "src", ROOT / "packages" / "salus-verify" / "src")
FORMAT = re.compile(r"salus/(?:[a-z-]+/)*v(?:\d+|(?=\{))|salus/receipt\b")
NAMED = re.compile(r"`([\w.-]+/[\w./-]+)`")
CELL = re.compile(r"`([\w/]+\.json)`: ((?:`\w+`(?:, )?)+)")


def section(name: str) -> str:
    """What stands under a heading."""
    return re.split(r"^## ", PAGE.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0]


SECTIONS = {
    name: set(FORMAT.findall(section(name))) for name in ("Frozen", "Provisional", "Private")
}
ROWS = [
    row.strip("| ").split(" | ") for row in section("Frozen").splitlines() if row.startswith("| `")
]


def members(value: Any) -> set[str]:
    """The names of all members, at any depth."""
    if isinstance(value, list):
        return set().union(*map(members, value))
    if isinstance(value, dict):
        return set(value).union(*map(members, value.values()))
    return set()


def test_every_format_of_the_source_stands_in_one_section() -> None:
    written = {
        found.removesuffix("v") + "v1" if found.endswith("v") else found
        for source in SOURCES
        for path in source.rglob("*.py")
        for found in FORMAT.findall(path.read_text(encoding="utf-8"))
    }
    listed = [each for found in SECTIONS.values() for each in found]
    assert sorted(listed) == sorted(written)


@pytest.mark.parametrize("row", ROWS, ids=[row[0].strip("`") for row in ROWS])
def test_a_frozen_format_has_vectors(row: list[str]) -> None:
    formats, _, vectors = row
    texts = []
    for file, names in CELL.findall(vectors):
        text = (ROOT / "tests" / "vectors" / file).read_text(encoding="utf-8")
        texts.append(text)
        assert set(re.findall(r"`(\w+)`", names)) <= members(json.loads(text)), file
    assert texts
    documents = [each for each in NAMED.findall(formats) if each.startswith("salus/")]
    labels = {"salus/vault/leaf/v1"}  # hashed, and so not in any document
    for each in set(documents) - labels:
        assert any(each in text for text in texts), each


def test_the_files_of_vectors_are_all_named_somewhere() -> None:
    """One belongs to a format, to other people's standards, or to what is provisional."""
    others = {"packs", "terms", "webauthn"}
    files = {
        path.relative_to(ROOT / "tests" / "vectors") for path in ROOT.glob("tests/vectors/*/*.json")
    }
    unnamed = {path.as_posix() for path in files if path.as_posix() not in PAGE}
    assert {each for each in unnamed if each.split("/")[0] not in others} == {
        "merkle/consistency.json",
    }

"""One word for one thing: what CONTRIBUTING retires is in no name and no text of the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (ROOT / "src" / "salus", ROOT / "packages" / "salus-verify" / "src" / "salus_verify")
CLASSES = {
    "Acts": "RegistryClient",
    "Asking": "LogFetcher, or ReceiptChecker",
    "Beside": "what stands there",
    "Draft": "what is drafted",
    "Entry": "OutboxEntry, or KeyringEntry",
    "Kept": "what is stored",
    "KeyStore": "KeyDatabase, or a keystore file",
    "Listing": "EventListing, or RecordListing",
    "Reach": "InboxAllowlist",
    "Reader": "ChainReader, or TermsReader",
    "Shelf": "ManifestStore",
}
"""Retired names of classes, and what stands in their place."""
MODULES = ("moving", "shelf", "unlock")
"""Retired names of modules and folders."""
PHRASES = ("for ever", "unless told")
"""What plain English says shorter: permanently, and defaults to."""


@cache
def trees() -> dict[str, ast.Module]:
    """Every module by its path in its package."""
    return {
        path.relative_to(source).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for source in SOURCES
        for path in source.rglob("*.py")
    }


def texts(tree: ast.Module) -> Iterator[str]:
    """Docstrings, messages and help, on one line each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield " ".join(node.value.split())


@pytest.mark.parametrize("retired", CLASSES)
def test_no_class_has_a_retired_name(retired: str) -> None:
    named = {
        f"{file}: {node.name}"
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.lstrip("_") == retired
    }
    assert named == set(), f"say {CLASSES[retired]}"


@pytest.mark.parametrize("retired", MODULES)
def test_no_module_has_a_retired_name(retired: str) -> None:
    files = {file for file in trees() if retired in file.removesuffix(".py").split("/")}
    assert files == set()


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_text_has_a_retired_phrase(phrase: str) -> None:
    said = re.compile(rf"\b{phrase}\b", re.IGNORECASE)
    found = {
        f"{file}: {text[:80]}"
        for file, tree in trees().items()
        for text in texts(tree)
        if said.search(text)
    }
    assert found == set()


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_manual_has_a_retired_phrase(phrase: str) -> None:
    manuals = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(manuals) > 100, "README, the manuals and the decisions"
    said = re.compile(rf"\b{phrase}\b".replace(" ", r"\s+"), re.IGNORECASE)
    found = {
        path.relative_to(ROOT).as_posix()
        for path in manuals
        if said.search(path.read_text(encoding="utf-8"))
    }
    assert found <= {"CONTRIBUTING.md"}, "where it stands as retired"


def test_contributing_lists_what_is_retired() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {each for each in CLASSES if f"`{each}`" not in told} == set()

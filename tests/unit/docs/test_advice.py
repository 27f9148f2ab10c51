"""An error says what was wrong, and then what to do: none of records and the command line stops."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import salus

ROOT = Path(salus.__file__).parent
PLAIN = {"InputError", "CredentialError", "VerificationError", "StorageError"}
ADVICE = (":", ";", ". ")
"""What stands between a fault and what to do."""


def raised(path: Path) -> Iterator[tuple[str, str]]:
    """Where the errors without a class of their own are raised, and their text."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in PLAIN and node.args:
            text = ast.unparse(node.args[0])
            if isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text


@pytest.mark.parametrize("room", ["records", "cli", "consents"])
def test_each_error_has_words_after_the_fault(room: str) -> None:
    found = [each for path in (ROOT / room).rglob("*.py") for each in raised(path)]
    assert len(found) > 3
    assert [each for each in found if not any(mark in each[1] for mark in ADVICE)] == []

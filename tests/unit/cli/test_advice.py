"""Messages name Python calls and arguments; the command line shows commands and options."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import salus
from salus.cli.advice import COMMANDS, OPTIONS, PYTHON_ONLY, in_commands
from salus.cli.app import program

FRONTS = ("cli", "demo")
PRINTED = Path("src/salus/receipts/page.py")
"""A page for whoever has neither the program nor Python at hand."""
_COMMAND = re.compile(r"`salus [a-z]|(?:^|[\s(`'])--[a-z][a-z-]+\s")
_QUOTED = re.compile(r"`((?:[A-Za-z_]+\.)+[a-z_]+\([^`]*\)|me\.[a-z_]+|[a-z_]+=\w*)`")


def messages(root: Path) -> Iterator[tuple[Path, str]]:
    """Texts that rooms below the fronts hold, docstrings left out."""
    for path in sorted((root / "src/salus").rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[2] in FRONTS or place == PRINTED:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in docs:
                yield place, text


@pytest.fixture(scope="module")
def told(root: Path) -> list[tuple[Path, str]]:
    return list(messages(root))


def test_rooms_name_no_command_and_no_option(told: list[tuple[Path, str]]) -> None:
    assert len(told) > 1000
    assert [(place, text) for place, text in told if _COMMAND.search(text)] == []


def test_each_call_that_a_message_names_has_a_command(told: list[tuple[Path, str]]) -> None:
    named = {call for _, text in told for call in _QUOTED.findall(text)}
    assert len(named) > 30
    assert named - set(COMMANDS) - set(OPTIONS) - PYTHON_ONLY == set()
    assert set(COMMANDS) - named == set()


@pytest.fixture(scope="module")
def me() -> Iterator[salus.Salus]:
    with salus.connect("tester", storage="memory://advice") as client:
        yield client


@pytest.mark.parametrize("call", sorted({*COMMANDS, *PYTHON_ONLY}))
def test_each_call_is_one_of_a_client_or_of_salus(me: salus.Salus, call: str) -> None:
    path, _, rest = call.partition("(")
    names = path.split(".")
    first = {"salus": salus, "me": me}.get(names[0])
    start = me if first is None else first
    if first is salus and (room := find_spec(".".join(names[:2]))):
        import_module(room.name)  # a room is there once somebody has asked for it
    function = reduce(getattr, names if first is None else names[1:], start)
    keyword = rest.partition("=")[0]
    assert not keyword.strip(")") or keyword in inspect.signature(function).parameters


@pytest.mark.parametrize("command", sorted(set(COMMANDS.values())))
def test_each_command_is_there_with_its_options(command: str) -> None:
    words = command.split()[1:]
    found: Any = program(words[0])
    for word in words:
        if word.startswith("-"):
            assert any(word in each.opts for each in found.params)
        elif word in getattr(found, "commands", {}):
            found = found.commands[word]
        else:
            pytest.fail(f"there is no {command}")


def test_what_is_no_advice_stays_as_it_is() -> None:
    for text in ("`npm ci` first", "a `records.resend` without a call", "`x=`", "no quotes"):
        assert in_commands(text) == text

"""Where a door takes seconds it takes a timedelta, a datetime or a date as well."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.unit.test_wrong_types import client, doors

import salus
from salus.errors import InputError
from salus.primitives.arguments import hint_of
from salus.primitives.times import wait_of

NAMED = re.compile(r"_at$|deadline|timeout|older_than|expires$|^(until|lifetime|lasting)$")
RAW = {
    "salus.chain.contract.Contract.typed_data-message": "values as the contract takes them",
    "me.vault.add-when": "a span, as facts are stored",
    "salus.records.describing.describe-until": "as FHIR writes times, down to a year",
}
"""Doors that take numbers as others count them, each with its reason."""


def taken() -> Iterator[Any]:
    """Parameters that take seconds, by what their docstring says or they are called."""
    seen = set[Any]()
    for label, function in doors():
        inner = inspect.unwrap(function)
        for name in inspect.signature(function).parameters:
            if _is_time(name, _said(inner.__doc__ or "", name)) and (inner, name) not in seen:
                seen.add((inner, name))
                if (found := f"{label}-{name}") not in RAW:
                    yield pytest.param(function, name, id=found)


def _said(docstring: str, name: str) -> str:
    """What is said of an argument."""
    found = re.search(rf"^( +){name}: (.*(?:\n\1 +.*)*)", docstring, re.MULTILINE)
    return found[2] if found else ""


def _is_time(name: str, said: str) -> bool:
    return bool(NAMED.search(name) or re.search(r"\bseconds?\b", said, re.IGNORECASE))


def kinds(hint: Any) -> set[Any]:
    """What is in a union."""
    return {hint} | {kind for each in get_args(hint) for kind in kinds(each)}


@pytest.mark.parametrize(("function", "name"), taken())
def test_takes_pythons_own_types(function: Callable[..., Any], name: str) -> None:
    assert kinds(hint_of(function, name)) & {datetime, timedelta}


def test_no_message_shows_a_moment_in_seconds() -> None:
    shown = [
        f"{path.name}: {ast.unparse(each)}"
        for path in Path(salus.__file__).parent.rglob("*.py")
        for each in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(each, ast.FormattedValue)
        and each.format_spec is None
        and isinstance(each.value, ast.Attribute)
        and re.search(r"_at$|^deadline$|^end$|_until$|^not_later_than$", each.value.attr)
    ]
    assert shown == [], "write them by salus.primitives.times.utc"


def test_a_wait_may_have_a_fraction() -> None:
    assert wait_of(timedelta(milliseconds=1500)) == wait_of(1.5) == 1.5


@pytest.mark.parametrize("wrong", [-1, float("nan"), timedelta(seconds=-1), True, "1"])
def test_a_wait_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="older_than"):
        wait_of(wrong, name="older_than")


def test_unused_blobs_are_collected_by_a_timedelta() -> None:
    me = client()
    assert me.records.collect_unused(older_than=timedelta(days=2)).blobs == ()
    assert me.vault.upkeep.collect(older_than=timedelta(0)).blobs == ()

"""Arguments that the manuals name can be given."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import salus
import salus.chain

CONNECTING = {"salus.connect": salus.connect, "salus.chain.connect": salus.chain.connect}
OF_ACTS = {"by"}
"""What acts take, and not who connects."""


def takes(name: str) -> set[str]:
    return set(inspect.signature(CONNECTING[name]).parameters)


@pytest.fixture(scope="module")
def calls(root: Path) -> set[tuple[str, str, str]]:
    """Page, function and argument of each `salus.connect(name=…)`."""
    pages = [root / "README.md", *(root / "docs").glob("*.md")]
    found = {
        (page.name, function, name)
        for page in pages
        for function, told in re.findall(
            r"`(salus\.(?:chain\.)?connect)\(([^`]*)\)`", page.read_text("utf-8")
        )
        for name in re.findall(r"\b(\w+)=", told)
    }
    assert found
    return found


def test_what_connects_takes_what_the_manuals_give_it(calls: set[tuple[str, str, str]]) -> None:
    assert not [each for each in calls if each[2] not in takes(each[1])]


def test_an_argument_that_is_named_alone_is_one_of_connect(root: Path) -> None:
    text = (root / "docs" / "connecting.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+)=[^`]*`", text))
    assert named
    assert named <= takes("salus.connect") | OF_ACTS

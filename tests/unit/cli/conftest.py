"""Shells for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine, Place
from tests.support.liars import Liar
from tests.support.shells import cli, governor, place, shell

__all__ = ["cli", "governor", "place", "shell"]


@pytest.fixture
def liar(place: Place, tmp_path: Path) -> Iterator[Liar]:
    """Who tries commands behind a lying node."""
    made = Liar(place, tmp_path)
    with made.node:
        yield made


@pytest.fixture(autouse=True)
def tempted(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every verb of every group runs behind a lying node too, before it runs honestly."""
    if request.function.__name__.startswith("test_every_verb_of"):
        CommandLine.liar = request.getfixturevalue("liar")
    yield
    CommandLine.liar = None

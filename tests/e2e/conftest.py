"""Shells for the flows of the command line; flows that have a command of their own."""

from __future__ import annotations

import pytest
from tests.support.shells import cli, governor, place, shell

__all__ = ["cli", "governor", "place", "shell"]

ALONE = {"demo_all": "make demo-all"}
"""Markers of tests that take minutes, and the commands that run them."""


def pytest_configure(config: pytest.Config) -> None:
    for marker, command in ALONE.items():
        config.addinivalue_line("markers", f"{marker}: run by `{command}` only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = config.option.markexpr
    alone = [item for item in items if any(item.get_closest_marker(m) for m in ALONE)]
    if not asked and alone:
        config.hook.pytest_deselected(items=alone)
        items[:] = [item for item in items if item not in alone]

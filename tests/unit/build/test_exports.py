"""What a room's door lists is there, and is listed once."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import salus


def rooms() -> Iterator[str]:
    yield "salus"
    yield from (each.name for each in walk_packages(salus.__path__, "salus.") if each.ispkg)


@pytest.mark.parametrize("room", sorted(rooms()))
def test_every_name_that_a_room_lists_is_found_at_its_door(room: str) -> None:
    door = import_module(room)
    listed = getattr(door, "__all__", [])
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not hasattr(door, name)] == []

"""Every public method of the client says what it takes and what it gives."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from tests.support.docstrings import missing
from tests.support.doors import parts, verbs

import salus

BESIDE = {
    "anchors.history": "what rooms ask of the chain about streams; `anchors` is the door",
    "identities.history": "what rooms ask of the chain about identities",
    "vault.readers": "what `records.share` and `collect` stand on",
}
"""Parts and verbs that other rooms call, each with its reason: one line is enough there."""


def methods() -> Iterator[tuple[str, object]]:
    with salus.connect("tester", storage="memory://docstrings") as me:
        for path, part in parts(me):
            for name, function in verbs(part):
                yield f"{path}.{name}".lstrip("."), function


def exported() -> Iterator[tuple[str, object]]:
    """Every function that a room lists: the reference."""
    rooms = [each.name for each in walk_packages(salus.__path__, "salus.") if each.ispkg]
    for room in ("salus", "salus_verify", *rooms):
        door = import_module(room)
        for name in getattr(door, "__all__", ()):
            if inspect.isfunction(function := getattr(door, name)):
                yield f"{room}.{name}", function


METHODS = dict(methods())
DOORS = {
    name: each
    for name, each in METHODS.items()
    if name not in BESIDE and name.rpartition(".")[0] not in BESIDE
}
FUNCTIONS = [pytest.param(each, id=name) for name, each in exported()]


@pytest.mark.parametrize(
    "function", [*(pytest.param(each, id=name) for name, each in DOORS.items()), *FUNCTIONS]
)
def test_tells_each_parameter_and_what_is_returned(function: object) -> None:
    assert missing(function) == set()


def test_each_verb_of_a_facade_is_seen_on_its_class() -> None:
    with salus.connect("tester", storage="memory://verbs") as me:
        bound = [
            f"{path}.{name}"
            for path, part in parts(me)
            for name, value in getattr(part, "__dict__", {}).items()
            if not name.startswith("_") and inspect.isroutine(value)
        ]
    assert bound == []


def test_the_main_doors_are_among_them() -> None:
    records = "add add_bundle anchor_pending check collect collect_unused discard drop_shown erase"
    records += " heed open read receipt resend revoke revoke_ended search share"
    assert {f"records.{each}" for each in records.split()} <= DOORS.keys()
    assert DOORS.keys() >= {
        "close",
        "drugs.scan",
        "mail.announce",
        "vault.open",
        "vault.upkeep.check",
    }


def test_what_stands_beside_is_there() -> None:
    held = METHODS.keys() | {name.rpartition(".")[0] for name in METHODS}
    assert BESIDE.keys() <= held


def test_the_functions_of_several_rooms_are_among_them() -> None:
    names = {str(each.id) for each in FUNCTIONS}
    assert names >= {"salus.connect", "salus.identities.add_delegate", "salus_verify.from_compact"}
    assert len(names) > 40


def test_a_docstring_that_lacks_something_is_seen() -> None:
    def half(self: object, one: int, *, two: int) -> int:
        """Half of it.

        Args:
            one: A number.
            two:
        """
        return one

    assert missing(half) == {"two", "Returns"}

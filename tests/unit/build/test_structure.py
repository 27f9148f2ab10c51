"""How far an act goes through the house, and how many floors its imports have: neither grows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import FrameType

from tests.unit.build.test_circles import MODULES, at_import, imports

import salus
from salus.demo.samples import bundle_bytes
from salus.primitives.address import identity_of

ROOMS = 9
FILES = 125
FLOORS = 26
PATIENT = "0x" + "12" * 20


def entered(act: Callable[[], object]) -> set[tuple[str, str]]:
    """Room and module of every function of ours that an act calls."""
    found: set[tuple[str, str]] = set()

    def hook(frame: FrameType, event: str, argument: object) -> None:
        name = str(frame.f_globals.get("__name__", ""))
        written = not frame.f_code.co_filename.startswith("<")  # a dataclass writes functions too
        if event == "call" and written and name.startswith(("salus.", "salus_verify.")):
            found.add((name.removeprefix("salus.").partition(".")[0], name))

    before = sys.getprofile()
    sys.setprofile(hook)
    try:
        act()
    finally:
        sys.setprofile(before)
    return found


def test_an_addition_enters_few_rooms() -> None:
    bundle = bundle_bytes()
    with salus.connect("tester", storage="memory://structure") as me:
        me.records.add_bundle(bundle, patient=PATIENT)  # what is made once is made here
        places = entered(lambda: me.records.add_bundle(bundle + b" ", patient=PATIENT))
    assert len({room for room, _ in places}) <= ROOMS
    assert len(places) <= FILES, sorted(module for _, module in places)
    assert ("records", "salus.records.adding") in places


def test_what_an_act_enters_is_seen() -> None:
    assert entered(lambda: None) == set()
    assert ("primitives", "salus.primitives.address") in entered(lambda: identity_of(PATIENT))


@cache
def floor(module: str) -> int:
    """One more than the highest module that it imports."""
    below = {each for each in imports(MODULES[module].body, at_import) if each in MODULES}
    return 1 + max((floor(each) for each in below - {module}), default=0)


def test_imports_have_few_floors() -> None:
    assert max(map(floor, MODULES)) <= FLOORS

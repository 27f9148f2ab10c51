"""Every public method of the client says what it takes and what it gives."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import salus
from salus.accreditations.client import Accreditations
from salus.anchors.client import Anchors
from salus.anchors.log import OwnLog
from salus.anchors.proofs import Proofs
from salus.consents import Consents
from salus.consents.batches import ConsentBatches
from salus.consents.checks import ConsentChecks
from salus.consents.revocations import Revocations
from salus.drugs.despatches import Despatches
from salus.drugs.lots import Lots
from salus.drugs.packs import Packs
from salus.drugs.products import Products
from salus.drugs.recalls import Safety
from salus.drugs.scanning import Scanner
from salus.drugs.shipments import Shipments
from salus.emergencies.access import EmergencyAccess
from salus.emergencies.custodians import Custodians
from salus.emergencies.windows import Windows
from salus.identities import Identities
from salus.identities.changes import Changes
from salus.identities.control import Control
from salus.identities.guardians import Guardians
from salus.identities.recovery import Recoveries
from salus.mail.directory import Directory
from salus.records import Records
from salus.supply import Commissioning
from salus.thefts import Thefts

AREAS = (
    Identities,
    Accreditations,
    Consents,
    ConsentBatches,
    ConsentChecks,
    Revocations,
    Records,
    Directory,
    Anchors,
    Products,
    Lots,
    Shipments,
    Despatches,
    Packs,
    Safety,
    Scanner,
    Commissioning,
    Control,
    Changes,
    Guardians,
    Recoveries,
    Thefts,
    Windows,
    EmergencyAccess,
    Custodians,
    OwnLog,
    Proofs,
)
SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Example):$")


def sections(docstring: str) -> dict[str, list[str]]:
    """Lines of each section, without their common indentation."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in inspect.cleandoc(docstring).splitlines():
        if match := SECTION.match(line):
            lines = found.setdefault(match[1], [])
        elif line.startswith("    "):
            lines.append(line[4:])
    return found


def described(lines: list[str]) -> set[str]:
    """Names that stand at the beginning of an item and are followed by words."""
    return {match[1] for line in lines if (match := re.match(r"\*{0,2}(\w+): \S", line))}


def missing(function: object) -> set[str]:
    """What a docstring does not tell of its function."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    told = sections(function.__doc__ or "")
    lacks = set(signature.parameters) - {"self", "cls"} - described(told.get("Args", []))
    gives = told.get("Returns") or told.get("Yields")
    if signature.return_annotation not in ("None", None) and not gives:
        lacks.add("Returns")
    return lacks


def methods() -> Iterator[object]:
    for area in AREAS:
        for name, function in inspect.getmembers(area, inspect.isfunction):
            if not name.startswith("_"):
                yield pytest.param(function, id=f"{area.__name__}.{name}")


def exported() -> Iterator[tuple[str, object]]:
    """Every function that a room lists: the reference."""
    rooms = [each.name for each in walk_packages(salus.__path__, "salus.") if each.ispkg]
    for room in ("salus", "salus_verify", *rooms):
        door = import_module(room)
        for name in getattr(door, "__all__", ()):
            if inspect.isfunction(function := getattr(door, name)):
                yield f"{room}.{name}", function


FUNCTIONS = [pytest.param(each, id=name) for name, each in exported()]


@pytest.mark.parametrize("function", [*methods(), *FUNCTIONS])
def test_tells_each_parameter_and_what_is_returned(function: object) -> None:
    assert missing(function) == set()


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

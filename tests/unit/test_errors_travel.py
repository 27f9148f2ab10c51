"""Every error of ours is the same after a pickle and a copy: pools and queues of processes."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
import typing
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from enum import Enum
from typing import Any

import pytest

import salus
import salus_verify
from salus.chain.sending.errors import BatchIncomplete
from salus.contracts.reverts import NamedRevert
from salus.errors import SalusError
from salus.fhir.errors import InvalidResource
from salus.primitives.errors import StorageFull

APART = {"salus.cli.__main__", "salus_verify.__main__", "salus.__main__"}
PARTS: dict[type, Callable[[], SalusError]] = {
    BatchIncomplete: lambda: BatchIncomplete(outcomes=(1, StorageFull("a disk"))),
    InvalidResource: lambda: InvalidResource(resource="Patient", problems=[("birthDate", "late")]),
}
"""What takes more than values of plain types."""
NOTE = "while record 7 was added"


def errors() -> Iterator[type[SalusError]]:
    for package in (salus, salus_verify):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name not in APART:
                importlib.import_module(module.name)
    waiting, seen = [SalusError], set[type]()
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            waiting += found.__subclasses__()
            if found.__module__.startswith(("salus.", "salus_verify.")):
                yield found


def value(declared: Any) -> object:
    """Something of a type that a constructor declares."""
    if isinstance(declared, type) and issubclass(declared, Enum):
        return next(iter(declared))
    if declared is date:
        return date(2027, 1, 15)
    written = str(declared)
    if "Mapping" in written or "dict" in written:
        return {"state": ("ab", "cd")}
    if any(word in written for word in ("Sequence", "tuple", "list", "Collection", "Iterable")):
        return ("ab", "cd")  # pairs, too
    if "bytes" in written:
        return b"\x01" * 32
    if "int" in written or "float" in written:
        return 7
    return "0x" + "ab" * 20


def made(error: type[SalusError]) -> SalusError:
    """By its own constructor."""
    if error in PARTS:
        return PARTS[error]()
    make: Callable[..., SalusError] = error
    if error.__init__ is Exception.__init__:
        return make("text")
    types: dict[str, Any] = {}
    with suppress(NameError):  # what is imported for type checkers alone
        types = typing.get_type_hints(error.__init__)
    given, named = [], {}
    for each in inspect.signature(error).parameters.values():
        if each.kind == each.VAR_POSITIONAL:
            given += [] if given else ["text"]
        elif each.kind == each.KEYWORD_ONLY:
            named[each.name] = value(types.get(each.name, each.annotation))
        elif each.kind != each.VAR_KEYWORD:
            given.append(value(types.get(each.name, each.annotation)))
    return make(*given, **named)


FOUND = set(errors()) - {NamedRevert}
ERRORS = sorted(FOUND, key=lambda each: (each.__module__, each.__qualname__))


def test_errors_are_found() -> None:
    assert len(ERRORS) > 200


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: f"{each.__module__}.{each.__qualname__}")
@pytest.mark.parametrize(
    "way",
    [
        lambda error: pickle.loads(pickle.dumps(error, 0)),  # noqa: S301 - made here
        lambda error: pickle.loads(pickle.dumps(error, 2)),  # noqa: S301
        lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301
        copy.copy,
        copy.deepcopy,
    ],
    ids=["pickled by 0", "pickled by 2", "pickled", "copied", "copied deeply"],
)
def test_an_error_is_the_same_on_the_other_side(
    error: type[SalusError], way: Callable[[Any], Any]
) -> None:
    first = made(error)
    first.add_note(NOTE)
    second = way(first)
    assert type(second) is type(first)
    assert (str(second), repr(second), second.args) == (str(first), repr(first), first.args)
    if error in PARTS:  # errors in it, which are equal to themselves alone
        assert repr(vars(second)) == repr(vars(first))
    else:
        assert vars(second) == vars(first)
    assert second.__notes__ == [NOTE]

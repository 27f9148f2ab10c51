"""Arguments of a wrong type are refused before a function does anything."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

import pytest

from salus.errors import InvalidValue
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from nowhere import Unknown


class Colour(Enum):
    """Two of them."""

    RED = "red"
    BLUE = "blue"


@typed_arguments
def paint(
    name: str,
    colour: Colour = Colour.RED,
    *,
    many: int | None = None,
    notes: Mapping[str, int] = {},
) -> tuple[object, ...]:
    """Paint something."""
    return name, colour, many, notes


def test_what_fits_is_handed_on_as_it_came() -> None:
    notes = {"a": 1}
    assert paint("wall", Colour.BLUE, many=3, notes=notes)[3] is notes
    assert paint("wall") == ("wall", Colour.RED, None, {})


def test_an_enum_is_taken_by_value_or_name() -> None:
    assert paint("wall", "blue")[1] is Colour.BLUE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"name": 1}, "paint.name must be str, not int"),
        ({"name": "wall", "colour": "green"}, "paint.colour must be a Colour"),
        ({"name": "wall", "many": True}, "paint.many must be int, not bool"),
        ({"name": "wall", "notes": []}, "paint.notes must be a mapping"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidValue, match=named):
        paint(**given)  # type: ignore[arg-type]


def test_a_method_keeps_its_signature_and_its_words() -> None:
    assert list(inspect.signature(paint).parameters) == ["name", "colour", "many", "notes"]
    assert paint.__doc__ == "Paint something."


def test_a_type_that_is_imported_for_checkers_only_is_checked_all_the_same() -> None:
    @typed_arguments
    def tell(when: date, *, size: int | Fraction = 0) -> object:
        return when

    assert tell(datetime.date(2027, 1, 1)) == datetime.date(2027, 1, 1)
    with pytest.raises(InvalidValue, match="when must be date, not str"):
        tell("2027-01-01")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="size must be int or Fraction, not str"):
        tell(datetime.date(2027, 1, 1), size="2")  # type: ignore[arg-type]


def test_a_type_of_nowhere_is_not_checked() -> None:
    @typed_arguments
    def loose(thing: Unknown, size: int) -> int:
        return size

    assert loose(object(), 2) == 2
    with pytest.raises(InvalidValue):
        loose(object(), "2")  # type: ignore[arg-type]


def test_each_of_many_is_checked() -> None:
    @typed_arguments
    def many(*names: str, **sizes: int) -> int:
        return len(names) + len(sizes)

    assert many("a", "b", c=1) == 3
    with pytest.raises(InvalidValue, match="names must be str, not int"):
        many("a", 2)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="sizes must be int, not str"):
        many("a", c="1")  # type: ignore[arg-type]

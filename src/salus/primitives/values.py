"""Values hold the types that they declare: what does not fit is coerced or refused.

A frozen dataclass that keeps a caller's mutable set changes after it was signed; one that takes
``effect="deny"`` for an effect is read as a permit.

Example:
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... @typed
    ... class Shelf:
    ...     books: frozenset[str]
    >>> Shelf({"Ulysses"}).books
    frozenset({'Ulysses'})
    >>> Shelf("Ulysses")
    Traceback (most recent call last):
    salus_verify.errors.InvalidValue: Shelf.books must be a set of str, not str; correct that
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, get_type_hints

from salus.primitives.coercion import Coerce, Unfit, coercer, type_named

T = TypeVar("T")


def typed(cls: type[T]) -> type[T]:
    """Coerce or refuse the types of a dataclass's values when it is made; stands below @dataclass.

    Sets, lists and mappings become ones that nobody can change; enums are taken by value or name;
    bytes are copied; an address comes into its one spelling. Nothing else is converted.
    """
    own: Callable[[Any], None] | None = getattr(cls, "__post_init__", None)
    if hasattr(own, "checks_types"):
        return cls  # inherited

    def __post_init__(self: Any) -> None:  # noqa: N807
        coerce_fields(self)
        if own is not None:
            own(self)

    __post_init__.checks_types = True  # type: ignore[attr-defined]
    cls.__post_init__ = __post_init__  # type: ignore[attr-defined]
    return cls


def refuse(owner: object, problems: Iterable[tuple[str, str]]) -> None:
    """Refuse a value that is being made for the first of its problems: a field, and what it must.

    Raises:
        InvalidValue: There is one.
    """
    for field, problem in problems:
        from salus.errors import InvalidValue

        raise InvalidValue(type(owner).__name__, field, problem)


def require_type(value: Any, kind: type, *, owner: str, field: str) -> None:
    """Refuse a value of another type, where looking at all that is in it would take long.

    Raises:
        InvalidValue: It is of another type.
    """
    if not isinstance(value, kind) or (value is True or value is False) is not (kind is bool):
        from salus.errors import InvalidValue

        raise InvalidValue(owner, field, f"must be {kind.__name__}, not {type_named(value)}")


def coerce_fields(value: Any) -> None:
    """Put the fields of a dataclass that is being made into their declared types.

    Raises:
        InvalidValue: One does not fit.
    """
    kind = type(value)
    for name, coerce in coercers(kind):  # type: ignore[arg-type]
        given = getattr(value, name)
        try:
            fitting = coerce(given)
        except Unfit as unfit:
            from salus.errors import InvalidValue

            raise InvalidValue(kind.__name__, name, str(unfit)) from None
        if fitting is not given:
            object.__setattr__(value, name, fitting)


@cache
def coercers(kind: type) -> tuple[tuple[str, Coerce], ...]:
    """Work out, once, how each field of a dataclass is coerced.

    Raises:
        TypeError: A field's annotation cannot be checked.
    """
    hints = get_type_hints(kind, include_extras=True)
    made = [each for each in fields(kind) if each.init]
    return tuple((each.name, coercer(hints[each.name])) for each in made)

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

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from enum import Enum
from functools import cache, wraps
from itertools import zip_longest
from typing import Any, ParamSpec, TypeVar, get_type_hints

from salus.primitives.coercion import Coerce, Unfit, coercer, type_named

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def typed(cls: type[T]) -> type[T]:
    """Coerce or refuse the types of a dataclass's values when it is made; stands below @dataclass.

    Sets, lists and mappings become ones that nobody can change; enums are taken by value or name;
    bytes are copied. Nothing else is converted.
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


def typed_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse arguments of other types than a function declares, before it does anything.

    Enums are taken by value or name; everything else is handed on as it came. A parameter whose
    annotation cannot be resolved at run time is not checked.
    """

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        places, names = _parameters(function)
        listed = [
            value if each is None else _argument(function, each, value)
            for each, value in zip_longest(places[: len(args)], args)
        ]
        named = {
            name: _argument(function, names[name], value) if name in names else value
            for name, value in kwargs.items()
        }
        return function(*listed, **named)  # type: ignore[arg-type]

    return checked


def require_type(value: Any, kind: type, *, owner: str, field: str) -> None:
    """Refuse a value of another type, where looking at all that is in it would take long.

    Raises:
        InvalidValue: It is of another type.
    """
    if not isinstance(value, kind) or (value is True or value is False) is not (kind is bool):
        from salus.errors import InvalidValue

        raise InvalidValue(owner, field, f"must be {kind.__name__}, not {type_named(value)}")


Parameter = tuple[str, Coerce]


def _argument(function: Callable[..., Any], parameter: Parameter, given: Any) -> Any:
    name, coerce = parameter
    try:
        fitting = coerce(given)
    except Unfit as unfit:
        from salus.errors import InvalidValue

        raise InvalidValue(function.__qualname__, name, str(unfit)) from None
    return fitting if isinstance(fitting, Enum) else given


@cache
def _parameters(
    function: Callable[..., Any],
) -> tuple[list[Parameter | None], dict[str, Parameter]]:
    """How parameters are checked, by place and by name, as far as their annotations tell."""
    places: list[Parameter | None] = []
    names: dict[str, Parameter] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        hint, coerce = parameter.annotation, None
        if hint is not inspect.Parameter.empty and parameter.kind not in _MANY:
            holder = type("_", (), {"__annotations__": {name: hint}})
            with suppress(NameError, TypeError):  # imported for type checkers only, or too general
                coerce = coercer(get_type_hints(holder, globalns=function.__globals__)[name])
        if coerce is not None:
            names[name] = (name, coerce)
        if parameter.kind in _BY_PLACE:
            places.append(names.get(name))
    return places, names


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
        TypeError: A field's annotation is none that can be checked.
    """
    hints = get_type_hints(kind)
    made = [each for each in fields(kind) if each.init]
    return tuple((each.name, coercer(hints[each.name])) for each in made)

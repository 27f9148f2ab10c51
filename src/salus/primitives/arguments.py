"""Arguments of the types that a function declares: others are refused before it does anything.

Example:
    >>> @typed_arguments
    ... def shelve(book: str, *, at: int = 0) -> None:
    ...     print(book, at)
    >>> shelve("Ulysses", at="top")
    Traceback (most recent call last):
    salus_verify.errors.InvalidValue: shelve.at must be int, not str; correct that
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import cache, wraps
from itertools import zip_longest
from typing import Any, ParamSpec, TypeVar, get_type_hints

from salus.primitives.coercion import Coerce, Unfit, coercer

P = ParamSpec("P")
R = TypeVar("R")
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def typed_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse arguments of other types than a function declares, before it does anything.

    Enums are taken by value or name, addresses in any spelling; everything else is handed on as it
    came. A parameter whose annotation cannot be resolved at run time is not checked.
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


Parameter = tuple[str, Coerce]


def _argument(function: Callable[..., Any], parameter: Parameter, given: Any) -> Any:
    name, coerce = parameter
    try:
        fitting = coerce(given)
    except Unfit as unfit:
        from salus.errors import InvalidValue

        raise InvalidValue(function.__qualname__, name, str(unfit)) from None
    return fitting if isinstance(fitting, Enum | str) else given


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
                coerce = coercer(
                    get_type_hints(holder, function.__globals__, include_extras=True)[name]
                )
        if coerce is not None:
            names[name] = (name, coerce)
        if parameter.kind in _BY_PLACE:
            places.append(names.get(name))
    return places, names

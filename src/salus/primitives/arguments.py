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

import ast
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from functools import cache, wraps
from importlib import import_module
from itertools import zip_longest
from textwrap import dedent
from typing import Any, NamedTuple, ParamSpec, TypeVar, get_type_hints

from salus.primitives.coercion import Coerce, Unfit, coercer

P = ParamSpec("P")
R = TypeVar("R")
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_FOR_CHECKERS = re.compile(r"^if TYPE_CHECKING:\n((?:[ \t]+.*\n|\n)+)", re.MULTILINE)


def typed_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse arguments of other types than a function declares, before it does anything.

    Enums are taken by value or name, addresses in any spelling; everything else is handed on as it
    came. A type that a module imports for type checkers alone is imported when the first argument
    is given for it.
    """

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        names = _names(function)
        placed = zip_longest(names.places[: len(args)], args, fillvalue=names.more)
        listed = [_argument(function, name, value) for name, value in placed]
        named = {
            name: _argument(function, name if name in names.all else names.named_more, value)
            for name, value in kwargs.items()
        }
        return function(*listed, **named)

    return checked


def _argument(function: Callable[..., Any], name: str | None, given: Any) -> Any:
    coerce = None if name is None else coercer_of(function, name)
    if coerce is None:
        return given
    try:
        fitting = coerce(given)
    except Unfit as unfit:
        from salus.errors import InvalidValue

        *homes, owner = function.__qualname__.split(".")
        if owner == "__init__":
            owner = homes[-1]  # of a part, its verb says more than its class, which nobody typed
        raise InvalidValue(owner, str(name), str(unfit)) from None
    return fitting if isinstance(fitting, Enum | str) else given


class _ParameterNames(NamedTuple):
    """A function's parameters: by place, all, and those that take whatever else is given."""

    places: tuple[str, ...]
    all: frozenset[str]
    more: str | None
    named_more: str | None


@cache
def _names(function: Callable[..., Any]) -> _ParameterNames:
    parameters = inspect.signature(function).parameters.values()
    many = {each.kind: each.name for each in parameters}
    return _ParameterNames(
        tuple(each.name for each in parameters if each.kind in _BY_PLACE),
        frozenset(each.name for each in parameters),
        many.get(inspect.Parameter.VAR_POSITIONAL),
        many.get(inspect.Parameter.VAR_KEYWORD),
    )


@cache
def coercer_of(function: Callable[..., Any], name: str) -> Coerce | None:
    """Work out what one of a function's parameters takes; None where its annotation tells not."""
    with suppress(NameError, ImportError, TypeError):  # of nowhere, or too general
        return coercer(hint_of(function, name))
    return None


def hint_of(function: Callable[..., Any], name: str) -> Any:
    """Return the type that one of a function's parameters declares.

    Raises:
        NameError: Its annotation names what its module does not.
    """
    hint = inspect.signature(function).parameters[name].annotation
    if hint is inspect.Parameter.empty:
        raise TypeError(f"{name} of {function.__qualname__} has no annotation")
    holder = type("_", (), {"__annotations__": {name: hint}})
    inner = inspect.unwrap(function)
    found, local = inner.__globals__, _Later(inner.__module__)
    return get_type_hints(holder, found, local, include_extras=True)[name]


class _Later(dict[str, Any]):
    """Names that a module imports for type checkers alone: imported when one is looked up."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self._homes = _homes(module)

    def __missing__(self, name: str) -> Any:
        module, original = self._homes[name]
        return getattr(import_module(module), original)


@cache
def _homes(module: str) -> Mapping[str, tuple[str, str]]:
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError):  # it came without its source
        return {}
    return {
        each.asname or each.name: (str(node.module), each.name)
        for block in _FOR_CHECKERS.findall(source)
        for node in ast.parse(dedent(block)).body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }

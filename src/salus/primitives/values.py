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
import types
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import fields
from enum import Enum
from functools import cache, partial, wraps
from itertools import zip_longest
from typing import (
    Any,
    Literal,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
Coerce = Callable[[Any], Any]


class _Unfit(Exception):
    """A value is not what stands there; says what must."""


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

        raise InvalidValue(owner, field, f"must be {kind.__name__}, not {_named(value)}")


Parameter = tuple[str, Coerce]


def _argument(function: Callable[..., Any], parameter: Parameter, given: Any) -> Any:
    name, coerce = parameter
    try:
        fitting = coerce(given)
    except _Unfit as unfit:
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
                coerce = _coercer(get_type_hints(holder, globalns=function.__globals__)[name])
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
        except _Unfit as unfit:
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
    return tuple((each.name, _coercer(hints[each.name])) for each in made)


@cache
def _coercer(hint: Any) -> Coerce:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return partial(_either, tuple(_coercer(each) for each in args))
    if origin is Literal:
        return partial(_literal, args)
    if origin in (frozenset, AbstractSet):
        return partial(_set, args[0], _coercer(args[0]))
    if origin in (tuple, Sequence):
        return _sequence(hint, args, fixed=origin is tuple and Ellipsis not in args)
    if origin is Mapping:
        return partial(_mapping, *map(_coercer, args))
    if origin in (Callable, type):
        return partial(_instance, Callable if origin is Callable else type)
    return _plain(hint if origin is None else origin)


def _plain(hint: Any) -> Coerce:
    if hint in (Any, object):
        return _whatever
    if hint in _EXACT:
        return _EXACT[hint]
    if hint in (type(None), None):
        return partial(_instance, type(None))
    if not isinstance(hint, type):
        raise TypeError(f"{hint!r} cannot be checked: declare a type")
    if issubclass(hint, Enum):
        return partial(_member, hint)
    # What a protocol asks for shows when it is used.
    unchecked = getattr(hint, "_is_protocol", False) and not getattr(
        hint, "_is_runtime_protocol", False
    )
    return _whatever if unchecked else partial(_instance, hint)


def _whatever(value: Any) -> Any:
    """Of any type, but not for somebody else to change."""
    if isinstance(value, dict):
        return types.MappingProxyType({name: _whatever(each) for name, each in value.items()})
    if isinstance(value, list):
        return tuple(_whatever(each) for each in value)
    if isinstance(value, set):
        return frozenset(value)
    return bytes(value) if isinstance(value, bytearray) else value


def _instance(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        name = "nothing" if kind is type(None) else getattr(kind, "__name__", str(kind))
        raise _Unfit(f"must be {name}, not {_named(value)}")
    return value


def _bool(value: Any) -> bool:
    if value is not True and value is not False:
        raise _Unfit(f"must be True or False, not {_named(value)}")
    return value


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unfit(f"must be int, not {_named(value)}")
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unfit(f"must be float, not {_named(value)}")
    return float(value)


def _str(value: Any) -> str:
    if type(value) is str:
        return value
    if not isinstance(value, str):
        raise _Unfit(f"must be str, not {_named(value)}")
    return str.__str__(value)


def _bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    if not isinstance(value, bytes | bytearray | memoryview):
        raise _Unfit(f"must be bytes, not {_named(value)}")
    return bytes(value)


_EXACT: Mapping[Any, Coerce] = {bool: _bool, int: _int, float: _float, str: _str, bytes: _bytes}


def _member(kind: type[Enum], value: Any) -> Enum:
    if isinstance(value, kind):
        return value
    by_name = kind.__members__.get(value.upper().replace("-", "_")) if type(value) is str else None
    for each in kind:
        if type(value) in (int, str) and each.value == value:
            return each
    if by_name is None:
        names = ", ".join(name.lower() for name in kind.__members__)
        raise _Unfit(f"must be a {kind.__name__} ({names}), not {_shown(value)}")
    return by_name


def _either(choices: Sequence[Coerce], value: Any) -> Any:
    problems = []
    for coerce in choices:
        try:
            return coerce(value)
        except _Unfit as unfit:
            problems.append(str(unfit))
    raise _Unfit(problems[0])


def _literal(choices: Sequence[Any], value: Any) -> Any:
    for each in choices:
        if type(value) is type(each) and value == each:
            return value
    raise _Unfit(f"must be one of {', '.join(map(str, choices))}, not {_shown(value)}")


def _set(kind: Any, coerce: Coerce, value: Any) -> frozenset[Any]:
    if not isinstance(value, AbstractSet | list | tuple):
        raise _Unfit(f"must be a set of {_type_name(kind)}, not {_named(value)}")
    if type(value) is frozenset and all(coerce(each) is each for each in value):
        return value
    try:
        return frozenset(coerce(each) for each in value)
    except TypeError:
        raise _Unfit(f"must be a set of {_type_name(kind)}") from None


def _sequence(hint: Any, args: Sequence[Any], *, fixed: bool) -> Coerce:
    if fixed:
        return partial(_fixed, tuple(_coercer(each) for each in args))
    return partial(_tuple, args[0], _coercer(args[0]))


def _tuple(kind: Any, coerce: Coerce, value: Any) -> tuple[Any, ...]:
    _require_list(value, f"a list of {_type_name(kind)}")
    if type(value) is tuple and all(coerce(each) is each for each in value):
        return value
    return tuple(coerce(each) for each in value)


def _fixed(coerced: Sequence[Coerce], value: Any) -> tuple[Any, ...]:
    _require_list(value, f"{len(coerced)} values")
    if len(value) != len(coerced):
        raise _Unfit(f"must be {len(coerced)} values, not {len(value)}")
    return tuple(coerce(each) for coerce, each in zip(coerced, value, strict=True))


def _mapping(key: Coerce, item: Coerce, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _Unfit(f"must be a mapping, not {_named(value)}")
    return types.MappingProxyType({key(name): item(each) for name, each in value.items()})


def _require_list(value: Any, what: str) -> None:
    if not isinstance(value, list | tuple):
        raise _Unfit(f"must be {what}, not {_named(value)}")


def _named(value: Any) -> str:
    """A value may be a secret: its type is shown, not itself."""
    return "None" if value is None else type(value).__name__


def _shown(value: Any) -> str:
    short = isinstance(value, str | int) and len(str(value)) <= 32
    return repr(value) if short else _named(value)


def _type_name(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))

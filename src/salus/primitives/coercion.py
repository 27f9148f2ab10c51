"""What puts a value into a declared type, or refuses it.

Example:
    >>> coercer(frozenset[str])(["a"])
    frozenset({'a'})
    >>> coercer(int)("3")
    Traceback (most recent call last):
    salus.primitives.coercion.Unfit: must be int, not str
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import cache, partial
from operator import is_
from typing import Annotated, Any, Literal, Union, get_args, get_origin

Coerce = Callable[[Any], Any]


class Unfit(Exception):
    """A value is not what stands there; says what must."""


@cache
def coercer(hint: Any) -> Coerce:
    """Work out what puts a value into a type, as an annotation declares it.

    Raises:
        TypeError: The annotation cannot be checked.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return partial(_spelt, coercer(args[0]), args[1])
    if origin in (Union, types.UnionType):
        return partial(_either, tuple(coercer(each) for each in args))
    if origin is Literal:
        return partial(_literal, args)
    if origin in (frozenset, AbstractSet):
        return partial(_set, args[0], coercer(args[0]))
    if origin in (tuple, Sequence):
        return _sequence(hint, args, fixed=origin is tuple and Ellipsis not in args)
    if origin is Mapping:
        return partial(_mapping, *map(coercer, args))
    if origin is dict:
        return partial(_dict, *map(coercer, args))
    if origin in (Iterable, Collection):
        return partial(_iterable, args[0], coercer(args[0]), origin)
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


def _is_a(kind: Any, value: Any) -> bool:
    """As ``isinstance``, and from Python 3.12 on too for what passes attributes on to another."""
    asked: Any = getattr(kind, "__protocol_attrs__", None)
    return isinstance(value, kind) if asked is None else all(hasattr(value, each) for each in asked)


def _instance(kind: Any, value: Any) -> Any:
    if not _is_a(kind, value):
        name = "nothing" if kind is type(None) else getattr(kind, "__name__", str(kind))
        raise Unfit(f"must be {name}, not {type_named(value)}")
    return value


def _spelt(coerce: Coerce, spell: Coerce, value: Any) -> Any:
    """What has one spelling, as an address has, is kept in it."""
    from salus.errors import InputError

    try:
        return spell(coerce(value))
    except InputError as error:
        raise Unfit(f"is not valid: {error}") from None


def _bool(value: Any) -> bool:
    if value is not True and value is not False:
        raise Unfit(f"must be True or False, not {type_named(value)}")
    return value


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(f"must be int, not {type_named(value)}")
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"must be float, not {type_named(value)}")
    return float(value)


def _str(value: Any) -> str:
    if type(value) is str:
        return value
    if not isinstance(value, str):
        raise Unfit(f"must be str, not {type_named(value)}")
    return str.__str__(value)


def _bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    if not isinstance(value, bytes | bytearray | memoryview):
        raise Unfit(f"must be bytes, not {type_named(value)}")
    try:
        return bytes(value)
    except ValueError:
        raise Unfit("is a memoryview that was released") from None


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
        raise Unfit(f"must be a {kind.__name__} ({names}), not {_shown(value)}")
    return by_name


def _either(choices: Sequence[Coerce], value: Any) -> Any:
    problems = []
    for coerce in choices:
        try:
            return coerce(value)
        except Unfit as unfit:
            problems.append(str(unfit))
    raise Unfit(_of_all(problems, end=f", not {type_named(value)}"))


def _of_all(problems: Sequence[str], *, end: str) -> str:
    """What a union takes; or what is wrong with a value that has one of its types."""
    kinds = []
    for problem in problems:
        if not (problem.startswith("must be ") and problem.endswith(end)):
            return problem
        kinds.append(problem.removeprefix("must be ").removesuffix(end))
    *most, last = [each for each in dict.fromkeys(kinds) if each != "nothing"] or kinds
    return f"must be {', '.join(most)}{' or ' if most else ''}{last}{end}"


def _literal(choices: Sequence[Any], value: Any) -> Any:
    for each in choices:
        if type(value) is type(each) and value == each:
            return value
    raise Unfit(f"must be one of {', '.join(map(str, choices))}, not {_shown(value)}")


def _set(kind: Any, coerce: Coerce, value: Any) -> frozenset[Any]:
    if not isinstance(value, AbstractSet | list | tuple):
        raise Unfit(f"must be a set of {_type_name(kind)}, not {type_named(value)}")
    if type(value) is frozenset and all(coerce(each) is each for each in value):
        return value
    try:
        return frozenset(coerce(each) for each in value)
    except TypeError:
        raise Unfit(f"must be a set of {_type_name(kind)}") from None


def _sequence(hint: Any, args: Sequence[Any], *, fixed: bool) -> Coerce:
    if fixed:
        return partial(_fixed, tuple(coercer(each) for each in args))
    return partial(_tuple, args[0], coercer(args[0]))


def _tuple(kind: Any, coerce: Coerce, value: Any) -> tuple[Any, ...]:
    _require_list(value, f"a list of {_type_name(kind)}")
    made = tuple([coerce(each) for each in value])
    same = type(value) is tuple and all(map(is_, made, value))
    return value if same else made


def _fixed(coerced: Sequence[Coerce], value: Any) -> tuple[Any, ...]:
    _require_list(value, f"{len(coerced)} values")
    if len(value) != len(coerced):
        raise Unfit(f"must be {len(coerced)} values, not {len(value)}")
    return tuple(coerce(each) for coerce, each in zip(coerced, value, strict=True))


def _mapping(key: Coerce, item: Coerce, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise Unfit(f"must be a mapping, not {type_named(value)}")
    return types.MappingProxyType({key(name): item(each) for name, each in value.items()})


def _dict(key: Coerce, item: Coerce, value: Any) -> dict[Any, Any]:
    """The caller's own, which it may change."""
    _instance(dict, value)
    for name, each in value.items():
        key(name)
        if item is not _whatever:
            item(each)
    return value  # type: ignore[no-any-return]


def _iterable(kind: Any, coerce: Coerce, wanted: Any, value: Any) -> Any:
    """What can be looked at more than once is looked at now; a generator gives what it gives."""
    if isinstance(value, str | bytes) or not isinstance(value, wanted):
        raise Unfit(f"must be a list of {_type_name(kind)}, not {type_named(value)}")
    if isinstance(value, Collection):
        for each in value:
            coerce(each)
    return value


def _require_list(value: Any, what: str) -> None:
    if not isinstance(value, list | tuple):
        raise Unfit(f"must be {what}, not {type_named(value)}")


def type_named(value: Any) -> str:
    """A value may be a secret: its type is shown, not itself."""
    return "None" if value is None else type(value).__name__


def _shown(value: Any) -> str:
    short = isinstance(value, str | int) and len(str(value)) <= 32
    return repr(value) if short else type_named(value)


def _type_name(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))

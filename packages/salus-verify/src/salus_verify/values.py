"""Values refuse what is not of their form when they are made, and keep nothing that can change.

Example:
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Leaf:
    ...     digest: bytes
    ...     def __post_init__(self) -> None:
    ...         octets(self, "digest", size=32)
    >>> Leaf("ab")
    Traceback (most recent call last):
    salus_verify.errors.InvalidValue: Leaf.digest must be bytes, not str; correct that
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from salus_verify.address import Address, checked_address
from salus_verify.errors import InputError, InvalidValue

_DIGEST = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
LARGEST = (1 << 53) - 1
"""No larger integer is the same for every reader of JSON."""


def octets(owner: object, *names: str, size: int | None = None) -> None:
    """Keep fields as bytes, of ``size`` where it is given."""
    for name in names:
        _put(owner, name, _octets(owner, name, getattr(owner, name), size))


def many_octets(
    owner: object, *names: str, size: int | None = None, most: int | None = None
) -> None:
    """Keep fields as tuples of bytes, of ``size`` or of ``most`` at most where it is given."""
    for name in names:
        listed = _listed(owner, name, "a list of bytes")
        kept = tuple(_octets(owner, name, each, size) for each in listed)
        if most is not None and any(len(each) > most for each in kept):
            _refuse(owner, name, f"must hold at most {most} bytes each")
        _put(owner, name, kept)


def within(owner: object, *names: str, most: int) -> None:
    """Require bytes that are there, and no more of them than every reader takes."""
    for name in names:
        if not 0 < len(getattr(owner, name)) <= most:
            _refuse(owner, name, f"must be 1 to {most} bytes")


def most(owner: object, name: str, number: int) -> None:
    """Require a list to be no longer than every reader takes."""
    if len(getattr(owner, name)) > number:
        _refuse(owner, name, f"must hold at most {number}")


def whole(owner: object, *names: str, least: int = 0, most: int = LARGEST) -> None:
    """Require integers that JSON can carry."""
    for name in names:
        value = getattr(owner, name)
        if type(value) is not int:
            _refuse(owner, name, f"must be int, not {_named(value)}")
        if not least <= value <= most:
            _refuse(
                owner, name, f"is not from {least} to {'2**53 - 1' if most == LARGEST else most}"
            )


def address(owner: object, *names: str) -> None:
    """Keep fields as checksummed addresses."""
    for name in names:
        _put(owner, name, _address(owner, name, getattr(owner, name)))


def addresses(owner: object, *names: str) -> None:
    """Keep fields as tuples of checksummed addresses."""
    for name in names:
        listed = _listed(owner, name, "a list of addresses")
        _put(owner, name, tuple(_address(owner, name, each) for each in listed))


def instance(owner: object, name: str, kind: type, *, optional: bool = False) -> None:
    """Require a field to be of a class."""
    value = getattr(owner, name)
    if not (isinstance(value, kind) or (optional and value is None)):
        _refuse(owner, name, f"must be {kind.__name__}, not {_named(value)}")


def require_instance(owner: str, name: str, value: object, kind: type) -> None:
    """Refuse an argument of another class."""
    if not isinstance(value, kind):
        raise InvalidValue(owner, name, f"must be {kind.__name__}, not {_named(value)}")


def digest(owner: str, name: str, value: object) -> bytes:
    """Take 32 bytes, or their hexadecimal digits with or without ``0x``."""
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return bytes.fromhex(value.removeprefix("0x"))
    if not isinstance(value, bytes) or len(value) != 32:
        raise InvalidValue(owner, name, "must be 32 bytes, or 64 hexadecimal digits")
    return value


def rows(owner: object, name: str, *kinds: type) -> None:
    """Keep a field as a tuple of tuples, or of values where one kind is given."""
    listed = _listed(owner, name, "a list")
    found = tuple(tuple(each) if isinstance(each, list) else each for each in listed)
    for each in found:
        parts = (each,) if len(kinds) == 1 else each
        if not isinstance(parts, tuple) or tuple(map(type, parts)) != kinds:
            expected = ", ".join(kind.__name__ for kind in kinds)
            _refuse(owner, name, f"must hold {expected}, not {_named(each)}")
    _put(owner, name, found)


def _listed(owner: object, name: str, what: str) -> Any:
    value = getattr(owner, name)
    if not isinstance(value, list | tuple):
        _refuse(owner, name, f"must be {what}, not {_named(value)}")
    return value


def _address(owner: object, name: str, value: Any) -> Address:
    try:
        return checked_address(value)
    except InputError as error:
        _refuse(owner, name, f"is not valid: {error}")


def _octets(owner: object, name: str, value: Any, size: int | None) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        _refuse(owner, name, f"must be bytes, not {_named(value)}")
    try:
        found = bytes(value)  # before it is measured: a memoryview counts what it holds
    except ValueError:
        _refuse(owner, name, "is a memoryview that was released")
    if size is not None and len(found) != size:
        _refuse(owner, name, f"must be {size} bytes, not {len(found)}")
    return found


def _put(owner: object, name: str, value: object) -> None:
    object.__setattr__(owner, name, value)


def _refuse(owner: object, name: str, problem: str) -> NoReturn:
    raise InvalidValue(type(owner).__name__, name, problem)


def _named(value: object) -> str:
    """A value may be a secret: its type is shown, not itself."""
    return "None" if value is None else type(value).__name__

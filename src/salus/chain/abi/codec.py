"""ABI values in and out: structs, enumerations, addresses and bytes as Python has them.

Example:
    >>> flag = Parameter.of({"name": "optedOut", "type": "bool"})
    >>> flag.name, encode((flag,), (True,)).hex()[-1]
    ('opted_out', '1')
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, is_dataclass
from functools import cache
from typing import Any

from salus.chain.abi.names import snake_case
from salus.errors import InputError
from salus.primitives.address import checked_address
from salus.primitives.values import typed
from salus_verify.address import checksummed
from salus_verify.encoding import octets_of


@dataclass(frozen=True, slots=True)
@typed
class Parameter:
    """An input or output of the ABI, by the Python name (snake_case) and by the ABI's own."""

    name: str
    abi_name: str
    kind: str
    indexed: bool = False
    fields: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Parameter:
        """Read one entry of an ABI's inputs or outputs, as solc writes it."""
        fields = tuple(cls.of(each) for each in entry.get("components", ()))
        suffix = str(entry["type"]).removeprefix("tuple")
        inner = ",".join(each.kind for each in fields)
        kind = f"({inner}){suffix}" if fields else str(entry["type"])
        name = str(entry.get("name", ""))
        return cls(snake_case(name), name, kind, bool(entry.get("indexed")), fields)

    @property
    def is_array(self) -> bool:
        """Whether it holds several values of one type."""
        return self.kind.endswith("]")

    @property
    def item(self) -> Parameter:
        """What an array holds."""
        kind = self.kind[: self.kind.rindex("[")]
        return Parameter(self.name, self.abi_name, kind, fields=self.fields)


def encode(parameters: Sequence[Parameter], values: Sequence[Any]) -> bytes:
    """Encode values, without a selector.

    Structs are tuples, mappings by field name, dataclasses or objects with ``as_tuple()``; bytes
    are ``bytes`` or 0x-prefixed hex.
    """
    from eth_abi.abi import encode as abi_encode
    from eth_abi.exceptions import EncodingError

    if len(parameters) != len(values):
        names = ", ".join(each.name or each.kind for each in parameters) or "nothing"
        raise ValueError(f"it takes {names}; {len(values)} values were given")
    plain = [_plain(each, value) for each, value in zip(parameters, values, strict=True)]
    try:
        return abi_encode([each.kind for each in parameters], plain)
    except (EncodingError, TypeError) as error:
        raise ValueError(f"{error}") from None


def decode(parameters: Sequence[Parameter], data: bytes) -> tuple[Any, ...]:
    """Decode values: addresses checksummed, structs as named tuples in snake_case."""
    from eth_abi.abi import decode as abi_decode
    from eth_abi.exceptions import DecodingError

    try:
        values = abi_decode([each.kind for each in parameters], data)
    except (DecodingError, OverflowError) as error:
        raise ValueError(f"{error}") from None
    return tuple(_rich(each, value) for each, value in zip(parameters, values, strict=True))


def named(parameters: Sequence[Parameter], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A named tuple of decoded values; ``values`` itself where a parameter has no name."""
    names = tuple(each.name for each in parameters)
    return _tuple_type(names)(*values) if all(names) else values


def checked(kind: str, value: Any, *, name: str = "") -> Any:
    """Refuse what an encoder would quietly turn into another value; hex becomes bytes.

    A short ``bytes32`` would be filled up with zeros, and an address with a wrong checksum is one
    that somebody mistyped: what is sent to it is lost.
    """
    what = name or kind
    if kind.startswith("bytes"):
        if isinstance(value, str):
            value = octets_of(value)
        size = int(kind[5:] or -1)
        if isinstance(value, bytes | bytearray) and size not in (-1, len(value)):
            raise ValueError(f"{what} has {size} bytes; {len(value)} were given")
    elif kind == "address" and isinstance(value, str):
        try:
            return checked_address(value)
        except InputError as error:
            raise ValueError(f"{what}: {error}") from None
    return value


@cache
def _tuple_type(names: tuple[str, ...]) -> Callable[..., tuple[Any, ...]]:
    return namedtuple("Values", names)


def _plain(parameter: Parameter, value: Any) -> Any:
    if parameter.is_array:
        return [_plain(parameter.item, each) for each in value]
    if parameter.fields:
        return tuple(
            _plain(each, inner)
            for each, inner in zip(parameter.fields, _members(parameter, value), strict=True)
        )
    return checked(parameter.kind, value, name=parameter.name)


def _members(parameter: Parameter, value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        wanted = parameter.fields
        return [value[each.name if each.name in value else each.abi_name] for each in wanted]
    if hasattr(value, "as_tuple"):
        members: Sequence[Any] = value.as_tuple()
        return members
    if is_dataclass(value) and not isinstance(value, type):
        return astuple(value)
    given: Sequence[Any] = value
    return given


def _rich(parameter: Parameter, value: Any) -> Any:
    if parameter.is_array:
        return tuple(_rich(parameter.item, each) for each in value)
    if parameter.fields:
        inner = zip(parameter.fields, value, strict=True)
        return named(parameter.fields, tuple(_rich(each, member) for each, member in inner))
    if parameter.kind == "address":
        return checksummed(octets_of(value))
    return value

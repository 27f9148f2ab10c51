"""What the contracts' ABIs say, found by name, selector or topic.

Example:
    >>> function("IdentityRegistry", "identityOwner").signature
    'identityOwner(address)'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from enum import IntEnum
from functools import cache
from typing import Any, get_type_hints

from salus.chain.abi.codec import Parameter
from salus.chain.errors import ArgumentsInvalid
from salus.contracts import artifacts
from salus.contracts.event import Event
from salus.contracts.specs import SPECS
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Function:
    """One function of a contract's ABI; ``selector`` is its first 4 bytes of keccak256."""

    name: str
    signature: str
    selector: bytes
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
@typed
class Described:
    """An error or event: its class, and in the ABI's order its parameters and their types."""

    cls: type[Any]
    signature: str
    parameters: tuple[Parameter, ...]
    kinds: tuple[Any, ...]

    def build(self, values: tuple[Any, ...], **more: Any) -> Any:
        """Make the exception or event of values in the ABI's order, and of what an event adds."""
        named = {
            each.name: _as(kind, value)
            for each, kind, value in zip(self.parameters, self.kinds, values, strict=True)
        }
        return self.cls(**named, **more)


@cache
def function(contract: str, name: str) -> Function:
    """Find a function by its name in Solidity; ours overload none."""
    for entry in artifacts.load(contract).abi:
        if entry["type"] == "function" and entry["name"] == name:
            return _function(entry)
    raise ArgumentsInvalid(function=f"{contract}.{name}", reason="there is no such function")


@cache
def constructor(contract: str) -> tuple[Parameter, ...]:
    """What a contract's constructor takes."""
    for entry in artifacts.load(contract).abi:
        if entry["type"] == "constructor":
            return tuple(map(Parameter.of, entry["inputs"]))
    return ()


@cache
def errors_by_selector() -> dict[bytes, Described]:
    """Every custom error that any contract declares, by its 4-byte selector."""
    return {_keccak(each.signature)[:4]: each for each in _described("error")}


@cache
def events_by_topic() -> dict[bytes, Described]:
    """Every event that any contract declares, by its 32-byte first topic."""
    return {_keccak(each.signature): each for each in _described("event")}


def event_topic(cls: type[Event]) -> tuple[bytes, Described]:
    """An event class's first topic, 32 bytes, and what is known of the event."""
    return _topics_by_class()[cls]


@cache
def _topics_by_class() -> dict[type[Any], tuple[bytes, Described]]:
    return {described.cls: (topic, described) for topic, described in events_by_topic().items()}


def _described(kind: str) -> Iterator[Described]:
    for spec in SPECS:
        classes: Mapping[str, type[Any]] = spec.errors() if kind == "error" else spec.events()
        for entry in artifacts.load(spec.name).abi:
            cls = classes.get(entry["name"]) if entry["type"] == kind else None
            if cls is not None:
                parameters = tuple(map(Parameter.of, entry["inputs"]))
                hints = get_type_hints(cls)
                kinds = tuple(hints[each.name] for each in parameters)
                yield Described(cls, _signature(entry["name"], parameters), parameters, kinds)


def _function(entry: dict[str, Any]) -> Function:
    inputs = tuple(map(Parameter.of, entry["inputs"]))
    outputs = tuple(map(Parameter.of, entry["outputs"]))
    signature = _signature(entry["name"], inputs)
    return Function(entry["name"], signature, _keccak(signature)[:4], inputs, outputs)


def _signature(name: str, parameters: tuple[Parameter, ...]) -> str:
    return f"{name}({','.join(each.kind for each in parameters)})"


def _keccak(text: str) -> bytes:
    from eth_utils.crypto import keccak

    return keccak(text.encode())


def _as(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(*value)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return kind(value)
    return value

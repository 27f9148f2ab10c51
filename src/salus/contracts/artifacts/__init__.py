"""ABI and bytecode of the contracts, as compiled for release; shipped in the wheel.

The files beside this one are written by scripts/compile.py and never by hand.

Example:
    >>> from salus.contracts import artifacts
    >>> anchors = artifacts.load("AnchorRegistry")
    >>> anchors.compiler_version.split("+")[0], len(anchors.deployed_bytecode) <= 24_576
    ('0.8.37', True)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from salus.errors import InputError
from salus.primitives.values import typed
from salus_verify.encoding import octets_of

_STANDARD_INPUT = "standard-input.json"


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Artifact:
    """One compiled contract.

    Attributes:
        name: The contract's name, as in Solidity.
        source_name: Its source unit in the standard-JSON input, for explorers.
        abi: ABI entries; shared between callers, so copy it before changing it.
        bytecode: Creation code without constructor arguments.
        deployed_bytecode: Runtime code with zeros where immutables are filled in on deployment.
        immutable_references: (start, length) of those places, in bytes, by start.
        method_identifiers: Selector (8 hex digits) by signature.
        compiler_version: Version and commit of solc.
        compiler_settings: EVM version, optimizer, pipeline, metadata.
    """

    name: str
    source_name: str
    abi: list[dict[str, Any]] = field(repr=False)
    bytecode: bytes = field(repr=False)
    deployed_bytecode: bytes = field(repr=False)
    immutable_references: tuple[tuple[int, int], ...] = field(repr=False)
    method_identifiers: Mapping[str, str] = field(repr=False)
    compiler_version: str
    compiler_settings: Mapping[str, Any] = field(repr=False)


@cache
def names() -> tuple[str, ...]:
    """List the contracts that can be loaded, sorted."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(
        sorted(
            name.removesuffix(".json")
            for name in found
            if name.endswith(".json") and name != _STANDARD_INPUT
        )
    )


@cache
def load(name: str) -> Artifact:
    """Load one compiled contract; loaded once a process."""
    if name not in names():
        raise InputError(f"there is no contract {name!r}; take one of {', '.join(names())}")
    raw = _read(f"{name}.json")
    return Artifact(
        name=raw["contractName"],
        source_name=raw["sourceName"],
        abi=raw["abi"],
        bytecode=octets_of(raw["bytecode"]),
        deployed_bytecode=octets_of(raw["deployedBytecode"]),
        immutable_references=tuple(
            (place["start"], place["length"]) for place in raw["immutableReferences"]
        ),
        method_identifiers=MappingProxyType(raw["methodIdentifiers"]),
        compiler_version=raw["compiler"]["version"],
        compiler_settings=MappingProxyType(raw["compiler"]["settings"]),
    )


def standard_input() -> dict[str, Any]:
    """Read the compiler's standard-JSON input that gave all artifacts, sources inline."""
    return _read(_STANDARD_INPUT)


def _read(file: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files(__name__).joinpath(file).read_text(encoding="utf-8"))
    return content

"""What a review must see change: storage layout, ABI, bytecode hashes and sizes of the contracts.

Each is a readable file under tests/snapshots, made of the committed artifacts and sources; a test
fails with the difference. Gas is measured by forge (`make gas`).

Example:
    $ python scripts/snapshots.py
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from compile import CODE_SIZE_LIMIT, deployables, gather_sources
from compiler import ROOT, CompilerMissing, compile_standard
from salus.contracts import artifacts

SNAPSHOTS = ROOT / "tests" / "snapshots"


def build() -> dict[str, str]:
    """Make all snapshots.

    Returns:
        Text by file name.

    Raises:
        CompilerMissing: There is no compiler on this machine, which storage layouts need.
    """
    return {
        "abi.txt": abi(),
        "bytecode.json": bytecode(),
        "sizes.json": sizes(),
        "storage.txt": storage(),
    }


def abi() -> str:
    """List functions with selectors, events with topics, and errors with selectors.

    Returns:
        One line each, below its contract.
    """
    lines: list[str] = []
    for name in artifacts.names():
        entries = sorted(artifacts.load(name).abi, key=lambda e: (e["type"], e.get("name", "")))
        lines += [name, *(f"  {_entry(entry)}" for entry in entries), ""]
    return "\n".join(lines)


def _entry(entry: dict[str, Any]) -> str:
    kind = entry["type"]
    given = ", ".join(_parameter(each) for each in entry["inputs"])
    if kind == "constructor":
        return f"constructor({given})"
    digest = keccak(text=_signature(entry)).hex()
    if kind == "event":
        return f"event 0x{digest} {entry['name']}({given})"
    if kind == "error":
        return f"error 0x{digest[:8]} {entry['name']}({given})"
    returned = ", ".join(_parameter(each) for each in entry["outputs"])
    gives = f" returns ({returned})" if returned else ""
    changes = "" if entry["stateMutability"] == "nonpayable" else f" {entry['stateMutability']}"
    return f"function 0x{digest[:8]} {entry['name']}({given}){changes}{gives}"


def _parameter(parameter: dict[str, Any]) -> str:
    indexed = " indexed" if parameter.get("indexed") else ""
    return f"{_type(parameter)}{indexed} {parameter['name']}".rstrip()


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(_type(each) for each in entry['inputs'])})"


def _type(parameter: dict[str, Any]) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    parts = ",".join(_type(each) for each in parameter["components"])
    return f"({parts}){kind.removeprefix('tuple')}"


def bytecode() -> str:
    """Hash creation and runtime code; runtime code with zeros in the places of immutables.

    Returns:
        JSON: keccak256 by contract and kind. Comments change the metadata at the code's end, and
        with it `creation` and `runtime`, and every address; `withoutMetadata` changes with what
        the code does.
    """
    hashes = {}
    for name in artifacts.names():
        contract = artifacts.load(name)
        runtime = contract.deployed_bytecode
        hashes[name] = {
            "creation": _hash(contract.bytecode),
            "runtime": _hash(runtime),
            "withoutMetadata": _hash(without_metadata(runtime)),
        }
    return _json(hashes)


def without_metadata(code: bytes) -> bytes:
    """Cut off the compiler's metadata.

    Args:
        code: Runtime code, which ends with the CBOR metadata and its length in two bytes.

    Returns:
        The code before it.
    """
    return code[: -(int.from_bytes(code[-2:], "big") + 2)]


def sizes() -> str:
    """Measure the contracts.

    Returns:
        JSON: bytes of runtime code, bytes left to the limit, and bytes of creation code.
    """
    measured = {}
    for name in artifacts.names():
        contract = artifacts.load(name)
        runtime = len(contract.deployed_bytecode)
        measured[name] = {
            "runtime": runtime,
            "room": CODE_SIZE_LIMIT - runtime,
            "creation": len(contract.bytecode),
        }
    return _json(measured)


def storage() -> str:
    """Lay out the storage of every contract.

    Returns:
        One line a variable: slot, byte in the slot, name, type; members of structs below.

    Raises:
        CompilerMissing: There is no compiler on this machine.
    """
    return "\n".join(
        "\n".join([name, *(f"  {line}" for line in _layout(layout)), ""])
        for name, layout in sorted(layouts().items())
    )


def layouts() -> dict[str, dict[str, Any]]:
    """Ask the compiler for storage layouts.

    Returns:
        Its `storageLayout` by contract.

    Raises:
        CompilerMissing: There is no compiler on this machine.
    """
    units = deployables()
    output = compile_standard(
        {
            "language": "Solidity",
            "settings": {
                "evmVersion": "prague",
                "outputSelection": {unit: {Path(unit).stem: ["storageLayout"]} for unit in units},
            },
            "sources": {unit: {"content": text} for unit, text in gather_sources(units).items()},
        }
    )
    return {
        Path(unit).stem: output["contracts"][unit][Path(unit).stem]["storageLayout"]
        for unit in units
    }


def _layout(layout: dict[str, Any]) -> Iterator[str]:
    types = layout["types"] or {}
    for variable in layout["storage"]:
        yield _variable(variable, types)
    for kind in sorted(types.values(), key=lambda each: str(each["label"])):
        if "members" in kind:
            yield str(kind["label"])
            yield from (f"  {_variable(member, types)}" for member in kind["members"])
    if not layout["storage"]:
        yield "nothing"


def _variable(variable: dict[str, Any], types: dict[str, Any]) -> str:
    kind = types[variable["type"]]["label"]
    return f"slot {variable['slot']} byte {variable['offset']}: {variable['label']}: {kind}"


def _hash(code: bytes) -> str:
    return "0x" + keccak(code).hex()


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


def difference(name: str, built: str) -> str:
    """Compare a snapshot with the committed one.

    Args:
        name: Its file.
        built: What it should be.

    Returns:
        A unified diff; empty when they agree.
    """
    file = SNAPSHOTS / name
    committed = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = difflib.unified_diff(
        committed.splitlines(keepends=True),
        built.splitlines(keepends=True),
        fromfile=f"tests/snapshots/{name}, committed",
        tofile=f"tests/snapshots/{name}, now",
    )
    return "".join(lines)


def main() -> int:
    """Write the snapshots and show what changed.

    Returns:
        Exit code: 0 when they could be made.
    """
    try:
        built = build()
    except CompilerMissing as problem:
        print(f"snapshots: {problem}", file=sys.stderr)
        return 1
    for name, text in built.items():
        print(difference(name, text), end="")
        (SNAPSHOTS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

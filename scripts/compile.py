"""Compile the deployable contracts and write src/salus/contracts/artifacts.

The artifacts are committed and shipped in the wheel, so that nobody who uses Salus needs a
compiler. `--check` recompiles and fails when the committed ones are not what the sources give.

Example:
    $ python scripts/compile.py
    $ python scripts/compile.py --check
"""

from __future__ import annotations

import argparse
import json
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from compiler import FULL_VERSION, ROOT, CompilerMissing, compile_standard

CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "src" / "salus" / "contracts" / "artifacts"
CODE_SIZE_LIMIT = 24_576  # bytes, EIP-170

SETTINGS: dict[str, Any] = {
    "evmVersion": "prague",
    "metadata": {"bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "viaIR": True,
}
OUTPUTS = [
    "abi",
    "evm.bytecode.object",
    "evm.bytecode.linkReferences",
    "evm.deployedBytecode.immutableReferences",
    "evm.deployedBytecode.object",
    "evm.methodIdentifiers",
]
_IMPORT = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']""", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


class CompilationFailed(Exception):
    """The sources do not compile, warn, or give a contract that cannot be deployed."""


def deployables() -> list[str]:
    """Name the sources of what is deployed.

    Returns:
        Source unit names, sorted: files that hold a contract of their name, mocks left out.
    """
    files = (file for file in CONTRACTS.rglob("*.sol") if file.parent.name != "mocks")
    return sorted(file.relative_to(ROOT).as_posix() for file in files if _holds_contract(file))


def _holds_contract(file: Path) -> bool:
    return bool(re.search(rf"^contract {file.stem}\b", file.read_text("utf-8"), re.MULTILINE))


def gather_sources(units: list[str], *, root: Path | None = None) -> dict[str, str]:
    """Read sources and everything that they import.

    Args:
        units: Source unit names; libraries by package path, ours from the project's root.
        root: Of a copy of the project; without it, this one.

    Returns:
        Source text by unit name, sorted by name.

    Raises:
        CompilationFailed: An imported file does not exist.
    """
    sources: dict[str, str] = {}
    waiting = list(units)
    while waiting:
        unit = waiting.pop()
        if unit not in sources:
            sources[unit] = _read(unit, root or ROOT)
            imports = _IMPORT.findall(_COMMENT.sub("", sources[unit]))
            waiting += [_resolve(unit, name) for name in imports]
    return dict(sorted(sources.items()))


def _read(unit: str, root: Path) -> str:
    folder = root / "node_modules" if unit.startswith("@") else root
    try:
        return (folder / unit).read_text(encoding="utf-8")
    except FileNotFoundError:
        hint = "run `make setup`" if unit.startswith("@") else "check the import's path"
        raise CompilationFailed(f"{unit} is imported and does not exist; {hint}") from None


def _resolve(unit: str, name: str) -> str:
    relative = name.startswith(".")
    return posixpath.normpath(posixpath.join(posixpath.dirname(unit), name)) if relative else name


def standard_input(units: list[str]) -> dict[str, Any]:
    """Write the compiler's input for the deployables.

    Args:
        units: Source unit names; each holds one contract of the file's name.

    Returns:
        Standard-JSON input, all sources inline, usable by block explorers.
    """
    return {
        "language": "Solidity",
        "settings": {
            **SETTINGS,
            "outputSelection": {unit: {Path(unit).stem: OUTPUTS} for unit in units},
        },
        "sources": {unit: {"content": text} for unit, text in gather_sources(units).items()},
    }


def refuse_diagnostics(output: dict[str, Any]) -> None:
    """Treat every warning about our own sources as an error.

    Args:
        output: The compiler's output.

    Raises:
        CompilationFailed: With all messages of the compiler.
    """
    ours = [
        message["formattedMessage"]
        for message in output.get("errors", [])
        if message["severity"] == "error"
        or not message.get("sourceLocation", {}).get("file", "").startswith("@")
    ]
    if ours:
        raise CompilationFailed("\n".join(ours))


def artifact(unit: str, compiled: dict[str, Any]) -> dict[str, Any]:
    """Shape the compiler's output of one contract into what Salus ships.

    Args:
        unit: Source unit name.
        compiled: The compiler's output for the contract.

    Returns:
        ABI, bytecodes (0x-hex), method selectors, where immutables stand in the deployed code
        (byte offsets), and the settings that gave them.

    Raises:
        CompilationFailed: The contract is abstract, needs linking or is too large.
    """
    name, evm = Path(unit).stem, compiled["evm"]
    creation, runtime = evm["bytecode"], evm["deployedBytecode"]
    size = len(runtime["object"]) // 2
    if size == 0:
        raise CompilationFailed(f"{unit}: {name} is abstract; only deployable contracts go here")
    if size > CODE_SIZE_LIMIT:
        raise CompilationFailed(f"{unit}: {size} bytes of code, {CODE_SIZE_LIMIT} is the limit")
    if creation["linkReferences"]:
        raise CompilationFailed(f"{unit}: calls a linked library; make its functions internal")
    places = [place for each in runtime.get("immutableReferences", {}).values() for place in each]
    return {
        "abi": compiled["abi"],
        "bytecode": "0x" + creation["object"],
        "compiler": {"settings": SETTINGS, "version": FULL_VERSION},
        "contractName": name,
        "deployedBytecode": "0x" + runtime["object"],
        "immutableReferences": sorted(places, key=lambda place: int(place["start"])),
        "methodIdentifiers": evm["methodIdentifiers"],
        "sourceName": unit,
    }


def build() -> dict[str, str]:
    """Compile everything that is deployed.

    Returns:
        Text of each artifact file by its name; the same sources give the same bytes.

    Raises:
        CompilationFailed: The sources do not give deployable contracts without warnings.
        CompilerMissing: There is no compiler on this machine.
    """
    units = deployables()
    given = standard_input(units)
    output = compile_standard(given)
    refuse_diagnostics(output)
    files = {
        f"{Path(unit).stem}.json": artifact(unit, output["contracts"][unit][Path(unit).stem])
        for unit in units
    }
    files["standard-input.json"] = given
    return {
        name: json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, content in files.items()
    }


def differences(built: dict[str, str]) -> list[str]:
    """Compare what was built with what is committed.

    Args:
        built: Text of each artifact file by its name.

    Returns:
        One line a file that differs, naming the fields that do; empty where all agree.
    """
    committed = {file.name: file.read_text(encoding="utf-8") for file in ARTIFACTS.glob("*.json")}
    lines = [f"{name}: no contract gives it any more" for name in committed.keys() - built.keys()]
    lines += [f"{name}: missing" for name in built.keys() - committed.keys()]
    for name in built.keys() & committed.keys():
        if built[name] != committed[name]:
            new, old = json.loads(built[name]), json.loads(committed[name])
            fields = sorted(key for key in new.keys() | old.keys() if new.get(key) != old.get(key))
            lines.append(f"{name}: {', '.join(fields) or 'formatting'} differs")
    return sorted(lines)


def write(built: dict[str, str]) -> None:
    """Write the artifacts and remove those of contracts that are gone.

    Args:
        built: Text of each artifact file by its name.
    """
    for stale in {file.name for file in ARTIFACTS.glob("*.json")} - built.keys():
        (ARTIFACTS / stale).unlink()
    for name, text in built.items():
        (ARTIFACTS / name).write_text(text, encoding="utf-8")
        if name != "standard-input.json":
            size = len(json.loads(text)["deployedBytecode"]) // 2 - 1
            print(f"{name:<32} {size:>6} bytes of {CODE_SIZE_LIMIT}")


def main() -> int:
    """Build the artifacts, or check the committed ones.

    Returns:
        Exit code: 0 written or in agreement, 1 failed or different.
    """
    parser = argparse.ArgumentParser(description="Compile contracts into src/salus.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    try:
        built = build()
    except (CompilationFailed, CompilerMissing) as problem:
        print(f"compile: {problem}", file=sys.stderr)
        return 1
    if not check:
        write(built)
        return 0
    changed = differences(built)
    for line in changed:
        print(f"artifacts: {line}", file=sys.stderr)
    if changed:
        print("artifacts: run `make compile` and commit the result", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())

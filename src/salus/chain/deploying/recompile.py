"""The shipped sources, compiled again by a compiler of the user's: do they give the shipped code?

Works offline: the sources are inside the package, and the compiler is the native solc or npm's.

Example:
    >>> compiler_version()
    '0.8.37+commit.f401782d'
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from salus.chain.deploying.errors import CompilerUnavailable
from salus.contracts import artifacts

COMPILE_SECONDS = 1_800
_VERSION_SECONDS = 60


def compiler_version() -> str:
    """Version and commit of the compiler that made the shipped artifacts."""
    return artifacts.load(artifacts.names()[0]).compiler_version


def find_compiler(given: Path | None = None) -> Path:
    """Find an executable of that very compiler that serves ``--standard-json``.

    Looked for, in this order: where it is said to be, SALUS_SOLC, SOLCX_BINARY_PATH, ``~/.solcx``,
    ``solc`` on the PATH, and the launcher of a checkout (``.solc``).
    """
    told = given or (Path(os.environ["SALUS_SOLC"]) if os.environ.get("SALUS_SOLC") else None)
    if told is not None:
        said = _version_of(told)
        if compiler_version() not in said:
            reason = f"{told} is not it: {said or 'it does not run'}"
            raise CompilerUnavailable(version=compiler_version(), reason=reason)
        return told
    for candidate in _candidates():
        if candidate.is_file() and compiler_version() in _version_of(candidate):
            return candidate
    raise CompilerUnavailable(version=compiler_version(), reason="it is nowhere on this machine")


def recompile(compiler: Path, names: Sequence[str]) -> dict[str, tuple[bytes, bytes]]:
    """Compile the shipped sources: creation and runtime code, zeros in the places of immutables.

    One contract takes seconds, all about a minute.
    """
    units = {name: artifacts.load(name).source_name for name in names}
    output = _run(compiler, _selecting(units))
    if "contracts" not in output:
        said = [each["formattedMessage"] for each in output.get("errors", [])]
        raise CompilerUnavailable(version=compiler_version(), reason=" ".join(said) or "no output")
    return {
        name: (_code(output, unit, name, "bytecode"), _code(output, unit, name, "deployedBytecode"))
        for name, unit in units.items()
    }


def _selecting(units: dict[str, str]) -> dict[str, Any]:
    given = artifacts.standard_input()
    outputs = ["evm.bytecode.object", "evm.deployedBytecode.object"]
    selection = {unit: {name: outputs} for name, unit in units.items()}
    return {**given, "settings": {**given["settings"], "outputSelection": selection}}


def _code(output: dict[str, Any], unit: str, name: str, kind: str) -> bytes:
    return bytes.fromhex(output["contracts"][unit][name]["evm"][kind]["object"])


def _run(compiler: Path, given: dict[str, Any]) -> dict[str, Any]:
    try:
        ran = subprocess.run(
            [compiler, "--standard-json"],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=COMPILE_SECONDS,
            check=True,
        )
        output: dict[str, Any] = json.loads(ran.stdout)
    except (OSError, subprocess.SubprocessError, json.JSONDecodeError) as error:
        reason = f"{compiler} failed: {type(error).__name__}"
        raise CompilerUnavailable(version=compiler_version(), reason=reason) from None
    return output


def _candidates() -> Iterator[Path]:
    file = f"solc-v{compiler_version().partition('+')[0]}"
    if folder := os.environ.get("SOLCX_BINARY_PATH"):
        yield Path(folder) / file
    yield Path.home() / ".solcx" / file
    if found := shutil.which("solc"):
        yield Path(found)
    for start in (Path.cwd(), Path(__file__).resolve()):
        yield from (folder / ".solc" / file for folder in (start, *start.parents))


def _version_of(compiler: Path) -> str:
    try:
        ran = subprocess.run(
            [compiler, "--version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (ran.stdout or ran.stderr).strip().replace("\n", " ")

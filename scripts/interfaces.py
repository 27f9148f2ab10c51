"""Build the npm package of the interfaces: what a Solidity project needs to call the registries.

The package holds copies, made when it is packed, so that an interface is written once. Ours are of
one compiler, which decides about bytecode; no code comes of an interface, so its copy is open to
every compiler that reads it.

Example:
    $ python scripts/interfaces.py dist
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from compile import CONTRACTS, gather_sources
from compiler import ROOT, VERSION

PACKAGE = ROOT / "packages" / "interfaces"
EXAMPLE = ROOT / "tests" / "contracts" / "interfaces" / "TreatmentRoom.sol"
OURS = f"pragma solidity {VERSION};"
FOR_CALLERS = "pragma solidity >=0.8.8 <0.9.0;"
"""User-defined value types came with 0.8.8."""
FOR_EXAMPLE = "pragma solidity >=0.8.27 <0.9.0;"
"""`require` with an error came with 0.8.27, for each way of compiling."""


def units() -> list[str]:
    """List the sources: every interface, and the types that they import."""
    files = sorted(CONTRACTS.glob("*/I[A-Z]*.sol"))
    interfaces = [file for file in files if f"interface {file.stem} " in file.read_text("utf-8")]
    return list(gather_sources([file.relative_to(ROOT).as_posix() for file in interfaces]))


def lay_out(folder: Path) -> None:
    """Copy what the package holds; of the sources, the line of the compiler changes."""
    for unit in units():
        _copy(ROOT / unit, folder / Path(unit).relative_to("contracts"), FOR_CALLERS)
    _copy(EXAMPLE, folder / "example" / EXAMPLE.name, FOR_EXAMPLE)
    for file in (PACKAGE / "package.json", PACKAGE / "README.md", ROOT / "LICENSE"):
        shutil.copyfile(file, folder / file.name)


def pack(folder: Path) -> Path:
    """Build the package's archive with npm, which asks no registry for it.

    Raises:
        SystemExit: There is no npm, or it refused; the message says what it said.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("interfaces: npm is not on the path; install Node 20 or newer")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        lay_out(Path(place))
        command = [
            npm,
            "pack",
            "--silent",
            "--offline",
            "--pack-destination",
            str(folder.resolve()),
        ]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"interfaces: npm pack failed:\n{done.stderr}")
    return folder / done.stdout.split()[-1]


def _copy(source: Path, target: Path, pragma: str) -> None:
    text = source.read_text(encoding="utf-8")
    if text.count(OURS) != 1:
        raise SystemExit(f"interfaces: {source.relative_to(ROOT)} has not one line `{OURS}`")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace(OURS, pragma), encoding="utf-8")


if __name__ == "__main__":
    print(pack(Path(sys.argv[1])))

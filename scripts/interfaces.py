"""Lay out the npm package of the interfaces: what a Solidity project needs to call the registries.

The package holds copies, made when it is packed, so that an interface is written once.

Example:
    $ python scripts/interfaces.py packages/interfaces
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from compile import CONTRACTS, gather_sources
from compiler import ROOT

EXAMPLE = ROOT / "tests" / "contracts" / "interfaces" / "TreatmentRoom.sol"


def units() -> list[str]:
    """List the sources: every interface, and the types that they import."""
    files = sorted(CONTRACTS.glob("*/I[A-Z]*.sol"))
    interfaces = [file for file in files if f"interface {file.stem} " in file.read_text("utf-8")]
    return list(gather_sources([file.relative_to(ROOT).as_posix() for file in interfaces]))


def lay_out(folder: Path) -> list[Path]:
    """Copy them, and the example, into a package's folder; list what was written."""
    places = {ROOT / unit: folder / Path(unit).relative_to("contracts") for unit in units()}
    places |= {EXAMPLE: folder / "example" / EXAMPLE.name, ROOT / "LICENSE": folder / "LICENSE"}
    for source, target in places.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return sorted(places.values())


if __name__ == "__main__":
    for written in lay_out(Path(sys.argv[1])):
        print(written)

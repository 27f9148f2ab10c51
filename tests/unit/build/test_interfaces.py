"""The npm package of the interfaces: what is laid out compiles by itself, with the example."""

import json
from pathlib import Path

import interfaces
from compile import CONTRACTS
from compiler import compile_standard

NAME = "@salus/interfaces"


def test_the_package_holds_every_interface_and_compiles_with_its_example(
    root: Path, tmp_path: Path
) -> None:
    written = [file.relative_to(tmp_path).as_posix() for file in interfaces.lay_out(tmp_path)]
    sources = [name for name in written if name.endswith(".sol")]
    expected = {file.stem for file in CONTRACTS.glob("*/I[A-Z]*Registry.sol")}
    assert expected | {"IDrugProvenance", "TreatmentRoom"} <= {Path(name).stem for name in sources}
    assert "LICENSE" in written
    listed = json.loads((root / "packages/interfaces/package.json").read_text("utf-8"))
    assert listed["name"] == NAME
    assert {Path(name).parts[0] for name in sources} == set(listed["files"])
    given = {
        f"{NAME}/{name}": {"content": (tmp_path / name).read_text("utf-8")} for name in sources
    }
    output = compile_standard(
        {
            "language": "Solidity",
            "settings": {"outputSelection": {"*": {"*": ["abi"]}}},
            "sources": given,
        }
    )
    assert [each["formattedMessage"] for each in output.get("errors", [])] == []

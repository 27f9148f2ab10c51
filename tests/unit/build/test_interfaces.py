"""The npm package of the interfaces, unpacked as npm would: it compiles with what a caller has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

import interfaces
import release
from compile import CONTRACTS
from compiler import compile_standard

NAME = "@salus/interfaces"
MODULE = f"node_modules/{NAME}"
OF_HARDHAT = Path("node_modules/hardhat/node_modules/solc")
"""Another compiler that is at hand: 0.8.26."""

_COMPILE = """
const solc = require(process.argv[1]);
const text = require("node:fs").readFileSync(0, "utf8");
process.stdout.write(JSON.stringify([solc.version(), JSON.parse(solc.compile(text))]));
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has the package and nothing else."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed; Node 20 or newer has it")
    project = tmp_path_factory.mktemp("project")
    with tarfile.open(interfaces.pack(project / "dist")) as archive:
        archive.extractall(project / MODULE, filter="data")
    for file in (project / MODULE / "package").iterdir():
        file.rename(project / MODULE / file.name)
    return project


def sources(project: Path) -> dict[str, str]:
    return {
        file.relative_to(project).as_posix(): file.read_text("utf-8")
        for file in (project / MODULE).rglob("*.sol")
    }


def standard_input(project: Path, given: dict[str, str]) -> dict[str, Any]:
    readme = (project / MODULE / "README.md").read_text("utf-8")
    return {
        "language": "Solidity",
        "settings": {
            "outputSelection": {"*": {"*": ["abi"]}},
            "remappings": re.findall(r"^ +(@\S+=\S+)$", readme, re.MULTILINE),
        },
        "sources": {name: {"content": text} for name, text in given.items()},
    }


def abi_of(output: dict[str, Any]) -> dict[str, Any]:
    assert [each["formattedMessage"] for each in output.get("errors", [])] == []
    return {
        f"{file}:{name}": contract["abi"]
        for file, contracts in output["contracts"].items()
        for name, contract in contracts.items()
    }


def test_the_package_holds_every_interface_and_says_what_it_is(installed: Path) -> None:
    package = installed / MODULE
    held = {Path(name).stem for name in sources(installed)}
    expected = {file.stem for file in CONTRACTS.glob("*/I[A-Z]*Registry.sol")}
    assert expected | {"IDrugProvenance", "TreatmentRoom"} <= held
    said = json.loads((package / "package.json").read_text("utf-8"))
    assert (said["name"], said["version"]) == (NAME, release.version())
    assert "scripts" not in said
    assert "files" not in said, "a new registry's folder would be left out"
    assert {"LICENSE", "README.md"} <= {file.name for file in package.iterdir()}


def test_the_example_compiles_with_the_remapping_that_the_manual_gives(installed: Path) -> None:
    compiled = abi_of(compile_standard(standard_input(installed, sources(installed))))
    example = compiled[f"{MODULE}/example/TreatmentRoom.sol:TreatmentRoom"]
    assert "bookVisit" in {each.get("name") for each in example}


def test_another_compiler_reads_the_same_interfaces(root: Path, installed: Path) -> None:
    if not (root / OF_HARDHAT).is_dir():
        pytest.skip("node_modules is not installed: run `make setup`")
    given = {name: text for name, text in sources(installed).items() if "/example/" not in name}
    asked = standard_input(installed, given)
    command = ["node", "-e", _COMPILE, str(root / OF_HARDHAT)]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    version, output = json.loads(done.stdout)
    assert version.startswith("0.8.26")
    assert abi_of(output) == abi_of(compile_standard(asked))

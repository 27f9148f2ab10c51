"""The artifacts that are committed, their loader, and the check against the sources."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import compile as build
from salus.contracts import artifacts
from salus.errors import InputError

KERNEL = {
    "AccreditationRegistry",
    "AnchorRegistry",
    "ConsentRegistry",
    "DrugProvenance",
    "IdentityRegistry",
}


def compiled(*, runtime: str = "6001", links: dict[str, object] | None = None) -> dict[str, object]:
    return {
        "abi": [],
        "evm": {
            "bytecode": {"object": "6000", "linkReferences": links or {}},
            "deployedBytecode": {
                "object": runtime,
                "immutableReferences": {"9": [{"start": 7, "length": 32}], "3": []},
            },
            "methodIdentifiers": {},
        },
    }


def test_every_kernel_contract_ships() -> None:
    assert set(artifacts.names()) >= KERNEL


@pytest.mark.parametrize("name", artifacts.names())
def test_an_artifact_is_deployable_and_below_the_code_size_limit(name: str) -> None:
    contract = artifacts.load(name)
    assert contract.name == name
    assert 0 < len(contract.deployed_bytecode) <= 24_576
    assert len(contract.bytecode) > len(contract.deployed_bytecode)
    assert contract.abi
    for start, length in contract.immutable_references:
        assert contract.deployed_bytecode[start : start + length] == bytes(length)


def test_an_artifact_is_loaded_once_and_cannot_be_changed() -> None:
    contract = artifacts.load("AnchorRegistry")
    assert artifacts.load("AnchorRegistry") is contract
    with pytest.raises(dataclasses.FrozenInstanceError):
        contract.name = "Other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["Nothing", "", "../errors/base", "standard-input"])
def test_an_unknown_contract_is_named_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match="AnchorRegistry"):
        artifacts.load(name)


def test_the_standard_input_holds_every_source_and_the_settings_of_the_artifacts() -> None:
    given = artifacts.standard_input()
    settings = {**given["settings"]}
    settings.pop("outputSelection")
    for name in artifacts.names():
        contract = artifacts.load(name)
        assert contract.source_name in given["sources"]
        assert dict(contract.compiler_settings) == settings


def test_the_standard_input_is_what_lies_in_contracts(root: Path) -> None:
    sources = artifacts.standard_input()["sources"]
    changed = [
        unit
        for unit, source in sources.items()
        if not unit.startswith("@")
        and source["content"] != (root / unit).read_text(encoding="utf-8")
    ]
    assert changed == [], "run `make compile`"


def test_a_changed_artifact_is_named_with_the_field_that_differs() -> None:
    built = {file.name: file.read_text(encoding="utf-8") for file in build.ARTIFACTS.glob("*.json")}
    assert build.differences(built) == []
    changed = json.loads(built["AnchorRegistry.json"])
    changed["bytecode"] += "00"
    built["AnchorRegistry.json"] = json.dumps(changed)
    gone = built.pop("ConsentRegistry.json")
    built["Other.json"] = gone
    assert build.differences(built) == [
        "AnchorRegistry.json: bytecode differs",
        "ConsentRegistry.json: no contract gives it any more",
        "Other.json: missing",
    ]


def test_imports_are_followed_and_commented_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "contracts").mkdir()
    monkeypatch.setattr(build, "ROOT", tmp_path)
    first, second = tmp_path / "contracts" / "A.sol", tmp_path / "B.sol"
    first.write_text('// import "./no.sol";\nimport {\n  B\n} from "../B.sol";\n', encoding="utf-8")
    second.write_text("", encoding="utf-8")
    assert list(build.gather_sources(["contracts/A.sol"])) == ["B.sol", "contracts/A.sol"]
    second.unlink()
    with pytest.raises(build.CompilationFailed, match=r"B\.sol is imported"):
        build.gather_sources(["contracts/A.sol"])


def test_immutables_are_kept_as_places() -> None:
    made = build.artifact("contracts/A.sol", compiled())
    assert made["immutableReferences"] == [{"start": 7, "length": 32}]


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (compiled(runtime=""), "abstract"),
        (compiled(runtime="00" * 24_577), "24577 bytes"),
        (compiled(links={"L.sol": {}}), "linked library"),
    ],
)
def test_refuses_what_cannot_be_deployed(output: dict[str, object], why: str) -> None:
    with pytest.raises(build.CompilationFailed, match=why):
        build.artifact("contracts/A.sol", output)

"""The versions that the project promises, wherever they are written down."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import compile as build
import complete_npm_lock
import salus


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def npm_lock(root: Path) -> dict[str, Any]:
    lock: dict[str, Any] = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    return lock


def locked(root: Path, name: str) -> dict[str, Version]:
    text = (root / "requirements" / name).read_text(encoding="utf-8")
    return {
        package: Version(version)
        for package, version in re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, re.MULTILINE)
    }


def test_the_package_has_one_version(project: dict[str, Any]) -> None:
    assert salus.__version__ == project["project"]["version"]


def test_solc_and_openzeppelin_are_the_promised_ones(npm_lock: dict[str, Any]) -> None:
    packages = npm_lock["packages"]
    assert packages["node_modules/solc"]["version"] == "0.8.37"
    assert packages["node_modules/@openzeppelin/contracts"]["version"] == "5.7.0"


def test_every_contract_pins_the_compiler(root: Path) -> None:
    sources = list((root / "contracts").rglob("*.sol"))
    assert sources
    for source in sources:
        assert "pragma solidity 0.8.37;" in source.read_text(encoding="utf-8"), source


def test_the_release_profile_of_forge_is_what_is_deployed(root: Path) -> None:
    forge = tomllib.loads((root / "foundry.toml").read_text(encoding="utf-8"))["profile"]
    release = {**forge["default"], **forge["release"]}
    assert release["evm_version"] == build.SETTINGS["evmVersion"] == "prague"
    assert release["via_ir"] == build.SETTINGS["viaIR"]
    assert release["optimizer"] == build.SETTINGS["optimizer"]["enabled"]
    assert release["optimizer_runs"] == build.SETTINGS["optimizer"]["runs"]
    assert release["bytecode_hash"] == build.SETTINGS["metadata"]["bytecodeHash"]


def test_ape_compiles_as_the_release(root: Path) -> None:
    config = (root / "ape-config.yaml").read_text(encoding="utf-8")
    for line in (
        "version: 0.8.37",
        "evm_version: prague",
        "via_ir: true",
        f"optimization_runs: {build.SETTINGS['optimizer']['runs']}",
    ):
        assert line in config


def test_web3_is_locked_at_both_ends_of_its_range(root: Path, project: dict[str, Any]) -> None:
    wanted = {
        parsed.name: parsed.specifier
        for parsed in map(Requirement, project["project"]["dependencies"])
    }
    assert str(wanted["web3"]) in ("<9,>=7.16", ">=7.16,<9")
    newest, oldest = locked(root, "dev.lock"), locked(root, "ape.lock")
    assert (newest["web3"].major, oldest["web3"].major) == (8, 7)
    assert str(wanted.pop("salus-verify")) == f"=={project['project']['version']}"  # beside it
    for name, specifier in wanted.items():
        for lock in (newest, oldest):
            assert specifier.contains(lock[name], prereleases=True), (name, lock[name])


def test_every_locked_python_package_has_a_digest(root: Path) -> None:
    locks = sorted((root / "requirements").glob("*.lock"))
    assert len(locks) >= 5
    for lock in locks:
        blocks = re.split(r"^(?=[a-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
        bare = [block for block in blocks[1:] if "--hash=sha256:" not in block]
        assert bare == []


def test_no_lock_names_a_host(root: Path, npm_lock: dict[str, Any]) -> None:
    assert [name for name, entry in npm_lock["packages"].items() if "resolved" in entry] == []
    for lock in (root / "requirements").glob("*.lock"):
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name


def test_the_npm_lock_names_every_platform(npm_lock: dict[str, Any]) -> None:
    assert complete_npm_lock.complete(npm_lock) == []


def test_a_missing_platform_is_added_to_the_npm_lock() -> None:
    tool = {"license": "MIT", "optionalDependencies": {"@foundry-rs/anvil-darwin-arm64": "1.7.1"}}
    lock = {"packages": {"": {}, "node_modules/@foundry-rs/anvil": tool}}
    assert complete_npm_lock.complete(lock) == ["@foundry-rs/anvil-darwin-arm64"]
    added = lock["packages"]["node_modules/@foundry-rs/anvil-darwin-arm64"]
    assert (added["os"], added["cpu"], added["optional"]) == (["darwin"], ["arm64"], True)


def test_npm_packages_run_no_install_scripts(root: Path) -> None:
    assert "ignore-scripts=true" in (root / ".npmrc").read_text(encoding="utf-8").splitlines()


def test_says_what_is_missing_where_python_is_too_old(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n', encoding="utf-8"
    )
    old.chmod(0o755)
    said = subprocess.run(
        [root / "scripts" / "check-host", "python", old],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "Python 3.9.2 is too old: Python 3.11 or newer is needed" in said.stderr

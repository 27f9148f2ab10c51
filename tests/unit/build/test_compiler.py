"""The compiler that is found here, and what it makes of the contracts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import compile as build
import compiler

TINY = "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\ncontract Tiny { %s }\n"


@pytest.fixture
def launcher(root: Path) -> Path:
    if not (root / "node_modules" / "solc").is_dir():
        pytest.skip("npm's solc is not installed; run `make setup`")
    return root / ".solc" / "solc-v0.8.37"


def tiny(body: str = "") -> dict[str, Any]:
    return {
        "language": "Solidity",
        "sources": {"Tiny.sol": {"content": TINY % body}},
        "settings": {"outputSelection": {"*": {"*": ["evm.bytecode.object"]}}},
    }


def run(launcher: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [launcher, *arguments], input=stdin, capture_output=True, text=True, check=False
    )


def test_the_launcher_names_its_version_as_the_native_compiler_does(launcher: Path) -> None:
    assert f"Version: {compiler.FULL_VERSION}" in run(launcher, "--version").stdout


def test_the_launcher_compiles_standard_json_from_stdin_and_from_a_file(
    launcher: Path, tmp_path: Path
) -> None:
    text = json.dumps(tiny())
    (tmp_path / "input.json").write_text(text, encoding="utf-8")
    piped = run(launcher, "--standard-json", "--allow-paths", "contracts", stdin=text).stdout
    assert json.loads(piped)["contracts"]["Tiny.sol"]["Tiny"]["evm"]["bytecode"]["object"]
    assert run(launcher, "--standard-json", str(tmp_path / "input.json")).stdout == piped


def test_the_launcher_reads_imports_below_the_base_path_only(
    launcher: Path, tmp_path: Path
) -> None:
    (tmp_path / "Other.sol").write_text(TINY.replace("Tiny", "Other") % "", encoding="utf-8")
    given = tiny()
    given["sources"]["Tiny.sol"]["content"] += 'import {Other} from "Other.sol";\n'
    text = json.dumps(given)
    found = run(launcher, "--standard-json", "--base-path", str(tmp_path), stdin=text).stdout
    assert "Other.sol" in json.loads(found)["contracts"]
    assert "File not found" in run(launcher, "--standard-json", stdin=text).stdout


def test_the_launcher_refuses_what_it_does_not_serve(launcher: Path) -> None:
    refused = run(launcher, "--bin", "Tiny.sol")
    assert refused.returncode == 1
    assert "unknown option --bin" in refused.stderr


def test_a_given_folder_of_compilers_is_used(
    launcher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(launcher.parent))
    assert compiler.find_compiler() == launcher


def test_says_what_to_do_where_there_is_no_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(tmp_path))
    monkeypatch.setattr(compiler, "LAUNCHERS", tmp_path)
    with pytest.raises(compiler.CompilerMissing, match="make setup"):
        compiler.find_compiler()


def test_passes_over_another_version(
    launcher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "solc-v0.8.37"
    other.write_text("#!/bin/sh\necho Version: 0.8.36+commit.0\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(tmp_path))
    assert compiler.find_compiler() == launcher


def test_a_second_run_asks_no_compiler(
    launcher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler, "CACHE", tmp_path)
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(launcher.parent))
    first = compiler.compile_standard(tiny())
    monkeypatch.setattr(compiler, "find_compiler", None)
    assert compiler.compile_standard(tiny()) == first


def test_a_warning_about_our_sources_fails_the_build(launcher: Path) -> None:
    unused = json.loads(
        run(
            launcher,
            "--standard-json",
            stdin=json.dumps(tiny("function f() external pure { uint256 unused; }")),
        ).stdout
    )
    with pytest.raises(build.CompilationFailed, match="Unused local variable"):
        build.refuse_diagnostics(unused)


def test_a_warning_about_a_library_does_not() -> None:
    message = {
        "severity": "warning",
        "sourceLocation": {"file": "@openzeppelin/contracts/A.sol"},
        "formattedMessage": "Warning",
    }
    build.refuse_diagnostics({"errors": [message]})

"""A frozen program has what is imported by name, looked up, or read as a file."""

from __future__ import annotations

import ast
import runpy
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import salus
from salus.cli.app import COMMANDS, GROUPS
from salus.contracts import specs

HOME = Path(salus.__file__).parent


@pytest.fixture(scope="module")
def hook() -> dict[str, Any]:
    """What PyInstaller reads, found as it finds it."""
    (found,) = entry_points(group="pyinstaller40", name="hook-dirs")
    (folder,) = found.load()()
    return runpy.run_path(str(Path(folder) / "hook-salus.py"))


def behind_doors() -> set[str]:
    """Modules that rooms import at the first use of a name, as each room's source says."""
    found = set()
    for room in HOME.rglob("__init__.py"):
        name = ".".join(room.parent.relative_to(HOME.parent).parts)
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "door":
                homes = ast.literal_eval(node.args[1])
                found |= {each if each.startswith("salus.") else f"{name}.{each}" for each in homes}
    return found


def test_modules_that_are_imported_by_name_come_along(hook: dict[str, Any]) -> None:
    doors, commands = behind_doors(), {f"salus.cli.{each}" for each in (*COMMANDS, *GROUPS)}
    contracts = {module for each in specs.SPECS for module in each.modules}
    assert "salus.client" in doors
    assert doors | commands | contracts <= set(hook["hiddenimports"])


def test_sources_and_data_come_along(hook: dict[str, Any]) -> None:
    assert hook["module_collection_mode"] == "pyz+py"
    taken = {(Path(file).name, folder) for file, folder in hook["datas"]}
    assert ("AnchorRegistry.json", "salus/contracts/artifacts") in taken
    assert ("wordlist.txt", "shamir_mnemonic") in taken
    assert any(name == "METADATA" and folder.startswith("web3-") for name, folder in taken)
    assert all(Path(file).is_file() for file, _ in hook["datas"])

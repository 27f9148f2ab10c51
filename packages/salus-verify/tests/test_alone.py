"""The verifier stands alone: no package but the two that it declares, and nothing of Salus."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SOURCES = sorted((PACKAGE / "src" / "salus_verify").glob("*.py"))


def imported(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_only_the_declared_packages_are_imported() -> None:
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert [each.split(">")[0] for each in project["dependencies"]] == ["pycryptodome", "rfc8785"]
    [faster] = project["optional-dependencies"]["fast"]
    assert faster.startswith("safe-pysha3")
    assert len(SOURCES) > 20
    foreign = set().union(*map(imported, SOURCES)) - set(sys.stdlib_module_names)
    assert foreign == {"Crypto", "rfc8785", "sha3", "salus_verify"}


def test_verifying_loads_nothing_of_salus_or_web3() -> None:
    code = (
        "import sys, salus_verify, salus_verify.command;"
        "loaded = {name.split('.')[0] for name in sys.modules};"
        "sys.exit(bool(loaded & {'salus', 'web3', 'eth_utils'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_auditor_can_read_it_in_an_hour() -> None:
    """What is executed: neither docstrings nor comments nor blank lines."""
    lines = 0
    for source in SOURCES:
        tree = ast.parse(source.read_text())
        kept: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and not (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            ):
                kept.add(node.lineno)
        lines += len(kept)
    assert lines < 1400, f"{lines} statements: what can go?"

"""Whatever a program imports first: no room of the package depends on what came before it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

# one process: a fresh one for each module would take minutes
PROGRAM = """
import importlib, pkgutil, sys
import salus

found = list(pkgutil.walk_packages(salus.__path__, "salus."))
# a module inside a package is preceded by the package
names = [each.name for each in found if each.ispkg or each.name.count(".") == 1]
assert {"salus.contracts", "salus.client", "salus.vault.storage"} < set(names), names
for name in names:
    for known in [each for each in sys.modules if each.split(".")[0] == "salus"]:
        del sys.modules[known]
    try:
        importlib.import_module(name)
    except ImportError as problem:
        print(f"{name}: {problem}")
"""


def test_each_room_can_be_imported_first() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr[-500:]


def test_no_two_helpers_of_tests_share_a_name(root: Path) -> None:
    names = Counter(each.name for each in root.glob("tests/**/*.py"))
    shared = {name for name, count in names.items() if count > 1}
    own = {"__init__.py", "conftest.py", "make.py"}  # `make.py` are programs, run by path
    assert not {each for each in shared - own if not each.startswith("test_")}

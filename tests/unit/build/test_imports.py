"""Whatever a program imports first: no room of the package depends on what came before it."""

from __future__ import annotations

import subprocess
import sys

# one process: a fresh one for each module would take minutes
PROGRAM = """
import importlib, pkgutil, sys
import salus

found = list(pkgutil.walk_packages(salus.__path__, "salus."))
# a module inside a package is preceded by the package
names = [each.name for each in found if each.ispkg or each.name.count(".") == 1]
assert {"salus.models", "salus.events", "salus.vault.storage"} < set(names), names
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

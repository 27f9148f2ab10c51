"""What PyInstaller takes along: what is imported by name or looked up, and what no import shows.

Doors, contracts and commands are imported by name at their first use; the types of arguments are
looked up in what a module imports for type checkers, which its source says; and `salus doctor`
and some packages below ask for versions.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import salus

WITH_DATA = ("biip", "eth-account", "py-evm", "shamir-mnemonic")
"""Packages that read files of their own, and have no hook that says so."""
_ROOT = Path(salus.__file__).parent
_FILES = [
    each.relative_to(_ROOT.parent)
    for each in sorted(_ROOT.rglob("*"))
    if each.is_file() and not {"__pycache__", "__pyinstaller"} & set(each.parts)
]


def _installed(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """A package and all that it needs, as far as they are installed."""
    if name not in found:
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            return found
        for each in found[name].requires or ():
            _installed(re.split(r"[^\w.-]", each, maxsplit=1)[0].lower(), found)
    return found


hiddenimports = [
    ".".join(each.with_suffix("").parts).removesuffix(".__init__")
    for each in _FILES
    if each.suffix == ".py"
]
datas = [
    *((str(_ROOT.parent / each), str(each.parent)) for each in _FILES if each.suffix != ".py"),
    *(
        (str(file.locate()), str(file.parent))
        for name, each in _installed("salus", {}).items()
        for file in each.files or ()
        if file.name in ("METADATA", "entry_points.txt")
        or (name in WITH_DATA and file.suffix in (".json", ".lzma", ".txt"))
    ),
]
module_collection_mode = "pyz+py"

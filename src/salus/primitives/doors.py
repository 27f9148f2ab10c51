"""The door of a room: its names are imported when they are first used.

Importing a room's errors, or printing a page of help, then loads no cipher and no chain library.

Example:
    >>> find, names = door("salus.terms", {"model": "Terms Rule"})
    >>> find("Rule").__name__, "Terms" in names()
    ('Rule', True)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def door(
    room: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make a module's ``__getattr__`` and ``__dir__`` (PEP 562)."""
    home = {name: module for module, names in homes.items() for name in names.split()}
    if taken := home.keys() & {module.split(".")[0] for module in homes}:
        raise ValueError(f"{room}: {', '.join(sorted(taken))} names a module and what is in one")

    def find(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        module = home[name] if home[name].startswith("salus.") else f"{room}.{home[name]}"
        return getattr(import_module(module), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[room]), *home})

    return find, names

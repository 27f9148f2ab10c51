"""Every exception of the package is imported from one place, and has its line in docs/errors.md."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import salus
from salus import errors
from salus.errors import NamedRevert, SalusError


def raised() -> set[type[SalusError]]:
    """Every exception that any module of the package defines."""
    for module in pkgutil.walk_packages(salus.__path__, "salus."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {each for each in below(SalusError) if each.__module__.startswith("salus.")}


def below(cls: type[SalusError]) -> Iterator[type[SalusError]]:
    for each in cls.__subclasses__():
        yield each
        yield from below(each)


def test_every_exception_is_exported() -> None:
    found = raised()
    assert {"HeadMoved", "ReceiptMismatch", "ConsentRefused"} <= {each.__name__ for each in found}
    hidden = {each.__qualname__ for each in found if getattr(errors, each.__name__, None) != each}
    assert not hidden, "import them in src/salus/errors/__init__.py"
    assert not {each.__name__ for each in found} - set(errors.__all__)


def test_every_exception_is_on_the_page(root: Path) -> None:
    page = (root / "docs/errors.md").read_text()
    named = {each.__name__ for each in raised() - {NamedRevert}}
    missing = {name for name in named if f"| `{name}`" not in page}
    assert not missing, "run python scripts/errors_page.py"

"""Docstrings that list what is raised list all of it that the function raises itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import salus

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (ROOT / "src" / "salus", ROOT / "packages" / "salus-verify" / "src" / "salus_verify")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module by its dotted name."""
    return {
        ".".join(path.relative_to(source.parent).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for source in SOURCES
        for path in source.rglob("*.py")
    }


@cache
def bases() -> dict[str, list[str]]:
    """The classes that each class stands below."""
    return {
        node.name: [ast.unparse(base).split(".")[-1] for base in node.bases]
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


def lineage(name: str) -> set[str]:
    """An error and all of ours that it is."""
    return {name}.union(*(lineage(each) for each in bases().get(name, ())))


def functions(tree: ast.AST, path: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Public functions and methods with their names in the module."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            name = f"{path}.{node.name}".lstrip(".")
            if isinstance(node, ast.FunctionDef):
                yield name, node
            else:
                yield from functions(node, name)


def unsaid(function: ast.FunctionDef) -> set[str]:
    """Errors of ours that the body raises and the docstring does not list, by any family."""
    raised = {
        ast.unparse(node.exc.func).split(".")[-1]
        for node in ast.walk(function)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    told = (ast.get_docstring(function) or "").partition("Raises:\n")[2]
    listed = set(re.findall(r"^ +(\w+): ", told, re.MULTILINE))
    return {each for each in raised & bases().keys() if not lineage(each) & listed}


def exported() -> set[str]:
    """The functions that rooms list in ``__all__``: the reference."""
    rooms = [each.name for each in walk_packages(salus.__path__, "salus.") if each.ispkg]
    doors = [import_module(room) for room in ("salus", "salus_verify", *rooms)]
    found = (getattr(door, name) for door in doors for name in getattr(door, "__all__", ()))
    return {f"{each.__module__}.{each.__name__}" for each in found if callable(each)}


def test_what_is_listed_is_all() -> None:
    reference = exported()
    found = {
        f"{module}.{name}": lacking
        for module, tree in modules().items()
        for name, function in functions(tree)
        if "Raises:" in (ast.get_docstring(function) or "") or f"{module}.{name}" in reference
        if (lacking := unsaid(function))
    }
    assert found == {}


def test_sees_what_is_not_listed() -> None:
    text = "def f():\n    '''Do.\n\n    Raises:\n        ChainError: It fails.\n    '''\n"
    tree = ast.parse(text + "    raise ChainUnreachable()\n    raise InputError('x')")
    assert [unsaid(function) for _, function in functions(tree)] == [{"InputError"}]

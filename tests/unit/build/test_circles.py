"""No two modules import each other, directly or around: each can be read before those above it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (ROOT / "src", ROOT / "packages" / "salus-verify" / "src")
Reading = Callable[[ast.stmt], list[ast.stmt]]


def modules() -> dict[str, ast.Module]:
    """Every module by its dotted name."""
    found = {}
    for source in SOURCES:
        for path in source.rglob("*.py"):
            name = ".".join(path.relative_to(source).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = ast.parse(path.read_text())
    return found


MODULES = modules()


def at_import(statement: ast.stmt) -> list[ast.stmt]:
    """What runs as a module is imported."""
    if isinstance(statement, ast.FunctionDef):
        return []
    if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
        return statement.orelse
    return parts(statement)


def for_types(statement: ast.stmt) -> list[ast.stmt]:
    """That, and what a type checker reads."""
    return [] if isinstance(statement, ast.FunctionDef) else parts(statement)


def in_functions(statement: ast.stmt) -> list[ast.stmt]:
    """What runs sooner or later."""
    return parts(statement) if isinstance(statement, ast.FunctionDef) else at_import(statement)


def parts(statement: ast.stmt) -> list[ast.stmt]:
    """The statements inside a statement."""
    return [each for each in ast.iter_child_nodes(statement) if isinstance(each, ast.stmt)]


def imports(statements: list[ast.stmt], reading: Reading) -> Iterator[str]:
    """The modules that statements import, as far as one reads."""
    for each in statements:
        if isinstance(each, ast.ImportFrom):
            names = (f"{each.module}.{alias.name}" for alias in each.names)
            yield from (name if name in MODULES else str(each.module) for name in names)
        elif isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        else:
            yield from imports(reading(each), reading)


def circle(reading: Reading) -> list[str]:
    """A circle, or nothing."""
    graph = {
        name: {each for each in imports(tree.body, reading) if each in MODULES and each != name}
        for name, tree in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize(
    "reading", [at_import, for_types, in_functions], ids=["at import", "for types", "in functions"]
)
def test_no_module_is_imported_by_one_that_it_imports(reading: Reading) -> None:
    assert circle(reading) == []


@pytest.mark.parametrize(
    ("second", "reading"),
    [
        ("try:\n    import salus.one\nexcept ImportError:\n    pass", at_import),
        ("if TYPE_CHECKING:\n    from salus.one import A", for_types),
        ("class A:\n    def b():\n        import salus.one", in_functions),
    ],
)
def test_a_circle_would_be_seen(
    second: str, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {"salus.one": "from salus import two", "salus.two": second}
    monkeypatch.setitem(globals(), "MODULES", {name: ast.parse(both[name]) for name in both})
    assert {*circle(reading)} == {*both}
    assert (circle(at_import) == []) == (reading is not at_import)

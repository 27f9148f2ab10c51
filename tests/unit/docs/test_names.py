"""One name for one thing: no two classes, and no class and alias, of one name in any two rooms."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (ROOT / "src", ROOT / "packages" / "salus-verify" / "src")


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module with its path."""
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def classes(tree: ast.Module) -> Iterator[str]:
    """All names of classes, those within functions and classes too."""
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def aliases(tree: ast.Module) -> Iterator[str]:
    """Names of types that a module gives to others: ``Lie: TypeAlias = …``, ``Fault = tuple[…]``.

    A parameter of the command line, ``Annotated[…]``, is no type: it is the word that is typed
    there, and each file of verbs has its own text for it.
    """
    for node in tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.BinOp()):
                pass
            case _:
                continue
        is_type = name.lstrip("_")[:1].isupper() and not name.isupper()
        if is_type and not ast.unparse(node.value or node).startswith("Annotated["):
            yield name


def names(tree: ast.Module) -> Iterator[str]:
    """What must be one thing only."""
    yield from classes(tree)
    yield from aliases(tree)


def namesakes(trees: Iterable[tuple[str, ast.Module]]) -> dict[str, list[str]]:
    """The names of several definitions, by the files; private ones as if they were not."""
    found: dict[str, list[str]] = defaultdict(list)
    for file, tree in trees:
        for name in names(tree):
            found[name.lstrip("_")].append(file)
    return {name: files for name, files in found.items() if len(files) > 1}


def test_finds_namesakes() -> None:
    first = ast.parse("class Journal: ...\nclass Outer:\n    class Inner: ...")
    second = ast.parse("class _Journal: ...\nInner = tuple[int, str]\nOther: TypeAlias = int")
    shared = {"Journal": ["a", "b"], "Inner": ["a", "b"]}
    assert namesakes([("a", first), ("b", second)]) == shared


def test_passes_over_what_the_command_line_takes() -> None:
    option = 'State = Annotated[str, typer.Option(help="Where.")]\nLIMIT = table[0]'
    assert list(names(ast.parse(option))) == []


def test_one_name_is_one_thing() -> None:
    assert namesakes(modules()) == {}, "say in each name which of them it is"

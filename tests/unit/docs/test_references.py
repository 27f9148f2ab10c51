"""What docstrings and manuals name is there: modules, classes with their members, parts, files."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support.doors import parts

import salus

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (ROOT / "src", ROOT / "packages" / "salus-verify" / "src")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(
    r":(?:func|meth|class|attr|data):`~?([\w.]+)`"
    r"|(?<![`\w])`{1,2}([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\([^`]*\))?`"
)
FILE = re.compile(r"(?<![\w./-])(?:src|tests|scripts|packages|docs)/[\w./-]+\.(?:py|md|json|sol)\b")
QUOTED = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|sol|md|json|toml|txt))`")
"""A file in a decision, by its path from wherever the reader knows it."""
SINCE = re.compile(r"^Since (\d{4}): (.+(?:\n(?!Since ).+)*)", re.MULTILINE)
"""What a later decision moved, which the earlier one may go on naming."""
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
OTHERS = re.compile(
    r"web3\.|ape\.|json\.|functools\.|getpass\.|tool\.|block\.|meta\.|policy\."
    r"|blocks\.(?:read|undone|final)$"
)
"""Modules of others, members of what is no object of ours, and types of webhooks."""
FILES = re.compile(r"\.(?:py|json|sqlite|toml|txt|compared|reserve|place)$")


@cache
def modules() -> dict[str, tuple[Path, ast.Module]]:
    """Every module by its dotted name."""
    found = {}
    for source in SOURCES:
        for path in source.rglob("*.py"):
            name = ".".join(path.relative_to(source).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = (path, ast.parse(path.read_text()))
    return found


def bound(node: ast.AST) -> set[str]:
    """The names that one statement makes, those of an object's attributes too."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(each.asname or each.name).split(".")[0] for each in node.names}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return {node.attr}
    return set()


@cache
def members() -> dict[str, set[str]]:
    """What each class and each module holds, by its last name; a class, what its bases hold."""
    found, bases = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for name, (_, tree) in modules().items():
        last = name.rpartition(".")[2]
        found[last] |= set().union(*map(bound, ast.walk(tree)))
        found[name.rpartition(".")[0].rpartition(".")[2]].add(last)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name] |= set().union(*map(bound, ast.walk(node)))
                bases[node.name] |= {ast.unparse(each).rpartition(".")[2] for each in node.bases}
    with salus.connect("tester", storage="memory://references") as me:
        for path, part in parts(me):
            found[path.rpartition(".")[2]] |= set(dir(part))
    for _ in range(4):  # the deepest line of classes
        for name, above in bases.items():
            found[name] |= set().union(*(found.get(each, set()) for each in above))
    return dict(found)


def docstrings() -> Iterator[tuple[str, str]]:
    """Each text that stands alone in the code, with the file that it is in."""
    for path, tree in (each for each in modules().values()):
        for node in ast.walk(tree):
            value = node.value if isinstance(node, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield path.relative_to(ROOT).as_posix(), value.value


def stale(text: str) -> list[str]:
    """Names in a text that lead nowhere."""
    names = [match[1] or match[2] for match in NAMED.finditer(text)]
    ours = [each for each in names if not OTHERS.match(each) and not FILES.search(each)]
    wrong = [each for each in FILE.findall(text) if not (ROOT / each).exists()]
    return wrong + [each for each in ours if not leads(each.split("."))]


def leads(steps: list[str]) -> bool:
    """Whether each step holds the next, as far as it is known what it holds."""
    known = members()
    if len(steps) == 1:
        return steps[0] in anything()
    return all(right in known.get(left, {right}) for left, right in pairwise(steps))


@cache
def anything() -> set[str]:
    """Every name that stands anywhere."""
    return set().union(*members().values())


def test_docstrings_name_what_is_there() -> None:
    assert {(file, name) for file, text in docstrings() for name in stale(text)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_manuals_name_what_is_there(page: Path) -> None:
    assert stale(page.read_text(encoding="utf-8")) == []


@cache
def files() -> frozenset[str]:
    """Every file of the repository's own folders."""
    folders = ("src", "packages", "contracts", "tests", "scripts", "benchmarks", "docs")
    return frozenset(
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*.*")
        if "node_modules" not in path.parts
    )


def gone(decision: str) -> set[str]:
    """Files that a decision names, are not there, and no line says where they went."""
    moved = {each for match in SINCE.finditer(decision) for each in QUOTED.findall(match[2])}
    named = set(QUOTED.findall(decision)) - moved
    return {each for each in named if not any(f"/{file}".endswith(f"/{each}") for file in files())}


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decisions_name_files_that_are_there_or_were_moved(page: Path) -> None:
    assert gone(page.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_what_moved_a_file_is_a_later_decision(page: Path) -> None:
    later = {number for number, _ in SINCE.findall(page.read_text(encoding="utf-8"))}
    assert later <= {each.name[:4] for each in DECISIONS if each.name > page.name}


def test_a_decision_that_names_a_file_that_is_gone_is_seen() -> None:
    assert gone("`chain/rpc.py` and `chain/node/rpc.py`") == {"chain/rpc.py"}
    assert gone("Since 0190: `chain/rpc.py` is `chain/node/rpc.py`.\n\n`chain/rpc.py`") == set()


@pytest.mark.parametrize(
    "text",
    ["`Vault.collect`", ":func:`no_such_verb`", "`salus.vault.chest`", "see `tests/unit/none.py`"],
)
def test_what_leads_nowhere_is_seen(text: str) -> None:
    assert len(stale(text)) == 1

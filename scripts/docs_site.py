"""What `mkdocs` asks for while it builds the site: README as its first page, and the reference.

The reference has a page for each room that lists names in ``__all__``, with what those names are.

Example:
    $ make docs
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (ROOT / "src" / "salus", ROOT / "packages" / "salus-verify" / "src" / "salus_verify")
_LINK = re.compile(r"\]\(docs/")
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)?(?:packages/|tests/|SECURITY|CONTRIBUTING)[^)]*\)")
_BRACKETS = re.compile(r"\[(\w+\.test_\w+)\]")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not files of docs/."""
    files.append(File.generated(config, "index.md", content=_readme()))
    doors = dict(sorted(rooms()))
    listed_at = {room: dict(targets(room, doors)) for room in doors}
    owners = _owners(listed_at)
    for room, names in listed_at.items():
        content = page(room, ast.get_docstring(doors[room]) or "", names, owners)
        files.append(File.generated(config, f"reference/{room}.md", content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name files outside the site, and tests in brackets, without linking to them."""
    return _BRACKETS.sub(r"\\[\1\\]", _OUTSIDE.sub(r"\1", markdown))


def rooms() -> Iterator[tuple[str, ast.Module]]:
    """Packages that list names, and their doors."""
    for package in PACKAGES:
        for file in package.rglob("__init__.py"):
            door = ast.parse(file.read_text(encoding="utf-8"))
            if listed(door):
                yield ".".join(file.parent.relative_to(package.parent).parts), door


def page(room: str, about: str, names: Mapping[str, str], owners: Mapping[str, str]) -> str:
    """Write a room's page.

    Args:
        room: The package's name.
        about: Its docstring.
        names: What it lists, and where each is defined.
        owners: The room that describes what is defined there; others point to it.

    Returns:
        Markdown that mkdocstrings fills in.
    """
    lines = [
        f"::: {target}" if owners[target] == room else f"`{name}`: see [{target}][]"
        for name, target in names.items()
    ]
    about = about.split("\n\nExample:")[0]
    return f"# `{room}`\n\n{about}\n\n" + "\n\n".join(lines) + "\n"


def targets(room: str, doors: Mapping[str, ast.Module]) -> Iterator[tuple[str, str]]:
    """Names that a room lists, and where each is defined."""
    for name in listed(doors[room]):
        if name.startswith("__"):
            continue
        home = room
        while home in doors and (further := dict(imported(doors[home])).get(name)):
            home = further
        yield name, f"{home}.{name}"


def _owners(listed_at: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Of the rooms that list a name the one that it lies in, or lies nearest to."""
    found: dict[str, str] = {}
    for room, names in listed_at.items():
        for target in names.values():
            nearer = target.startswith(f"{room}.") and len(room) > len(found.get(target, ""))
            if target not in found or nearer:
                found[target] = room
    return found


def listed(tree: ast.Module) -> list[str]:
    """What a module's ``__all__`` lists."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that a module imports from others, at once or for type checkers, and from where."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((each.name, node.module) for each in node.names)


def _readme() -> str:
    return _LINK.sub("](", (ROOT / "README.md").read_text(encoding="utf-8"))

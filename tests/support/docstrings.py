"""Reading docstrings: what they say of parameters and of what is returned."""

from __future__ import annotations

import inspect
import re

SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Example):$")


def sections(docstring: str) -> dict[str, list[str]]:
    """Lines of each section, without their common indentation."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in inspect.cleandoc(docstring).splitlines():
        if match := SECTION.match(line):
            lines = found.setdefault(match[1], [])
        elif line.startswith("    "):
            lines.append(line[4:])
    return found


def described(lines: list[str]) -> set[str]:
    """Names that stand at the beginning of an item and are followed by words."""
    return {match[1] for line in lines if (match := re.match(r"\*{0,2}(\w+): \S", line))}


def missing(function: object) -> set[str]:
    """What a docstring does not tell of its function."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    told = sections(function.__doc__ or "")
    lacks = set(signature.parameters) - {"self", "cls"} - described(told.get("Args", []))
    gives = told.get("Returns") or told.get("Yields")
    if signature.return_annotation not in ("None", None) and not gives:
        lacks.add("Returns")
    return lacks

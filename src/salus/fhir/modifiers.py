"""What may turn the meaning of a FHIR element around and is not read: found wherever it stands.

R4 forbids going on with a modifier extension that one does not understand (extensibility.html),
and a value with an extension in its place (``_end`` without ``end``) has been withheld.

Example:
    >>> list(unsaid({"actor": [{"modifierExtension": []}], "period": {"_end": {}}}))
    ['actor[0].modifierExtension', 'period._end']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from salus.fhir.shape import code, codes, objects


def unsaid(node: Any, path: str = "") -> Iterator[str]:
    """List what stands in an element, at any depth, and may mean anything."""
    if isinstance(node, dict):
        for key, child in node.items():
            here = f"{path}.{key}" if path else key
            if key in ("modifierExtension", "implicitRules") or _is_withheld(key, child, node):
                yield here
            else:
                yield from unsaid(child, here)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from unsaid(child, f"{path}[{index}]")


def is_plain(node: Any, *names: str) -> bool:
    """Return whether an element says nothing but what its reader reads."""
    known = {*names, "id"}
    knows_all = not isinstance(node, dict) or {key.removeprefix("_") for key in node} <= known
    return knows_all and not any(unsaid(node))


def read_codes(concept: Any) -> list[tuple[str, str]]:
    """Read the Codings of a CodeableConcept that says nothing else."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    is_read = is_plain(concept, "coding", "text") and all(map(_is_plain_coding, objects(codings)))
    return codes(concept) if is_read else []


def read_code(coding: Any) -> tuple[str, str] | None:
    """Read a Coding that says nothing else."""
    return code(coding) if _is_plain_coding(coding) else None


def _is_plain_coding(coding: Any) -> bool:
    return is_plain(coding, "system", "version", "code", "display", "userSelected")


def _is_withheld(key: str, child: Any, node: dict[str, Any]) -> bool:
    if not key.startswith("_"):
        return False
    value = node.get(key[1:])
    if isinstance(child, list) and isinstance(value, list):
        return len(child) != len(value) or None in value
    return value is None

"""Codes that nothing here can read: of no table, without words beside them, or no codes at all.

Example:
    >>> from salus.fhir.sensitivity.standard import standard
    >>> concept = {"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "-"}]}
    >>> unread_in(Element("code", "code", concept), standard())
    '1'
"""

from __future__ import annotations

from typing import Any

from salus.fhir.sensitivity.table import SensitivityTable
from salus.fhir.sensitivity.words import says
from salus.fhir.tree import Element

_BESIDE = ("display", "unit", "text")


def unread_in(element: Element, table: SensitivityTable) -> str | None:
    """The first code of an element that is not read, empty where it has none; None if all are."""
    node = element.node
    if "coding" in node:
        return _in_concept(node, table)
    if element.key == "coding" or not _is_coding(element):
        return None
    return None if _is_read(node, table) else _code(node)


def _in_concept(concept: dict[str, Any], table: SensitivityTable) -> str | None:
    codings, text = concept["coding"], concept.get("text")
    for each in codings if isinstance(codings, list) else [codings]:
        is_told = isinstance(text, str) and says(text, _code(each))
        if not is_told and not _is_read(each, table):
            return _code(each)
    return None


def _is_coding(element: Element) -> bool:
    node = element.node
    if element.key.endswith("Coding"):
        return True
    has_code = isinstance(node.get("code"), str) or "_code" in node
    if "system" in node or "_system" in node:
        return has_code
    # A Quantity has a unit, and what went wrong in an exchange has a code of FHIR's own.
    return has_code and "value" not in node and "severity" not in node


def _is_read(coding: Any, table: SensitivityTable) -> bool:
    if not isinstance(coding, dict):
        return False
    system, code = coding.get("system"), _code(coding)
    if isinstance(system, str) and code and table.is_read(system, code):
        return True
    beside = (coding.get(key) for key in _BESIDE)
    return any(isinstance(each, str) and says(each, code) for each in beside)


def _code(coding: Any) -> str:
    code = coding.get("code") if isinstance(coding, dict) else None
    return code if isinstance(code, str) else ""

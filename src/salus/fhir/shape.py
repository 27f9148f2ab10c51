"""Looks into parsed JSON that may have any shape: what is not as FHIR has it counts as absent.

Example:
    >>> codes({"coding": [{"system": "urn:a", "code": "x"}, {"code": 5}, "bad"]})
    [('urn:a', 'x')]
"""

from __future__ import annotations

from typing import Any

_STEP_SHOWN = 64
_PATH_SHOWN = 512
"""Each of many places below a long name repeats it: without a bound they take its square."""


def objects(value: Any) -> list[dict[str, Any]]:
    """List the objects of an array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def code(coding: Any) -> tuple[str, str] | None:
    """Read a Coding: system (empty where it has none) and code; None where it has no code."""
    match coding:
        case {"system": str(system), "code": str(found)}:
            return system, found
        case {"code": str(found)} if "system" not in coding:
            return "", found
    return None


def codes(concept: Any) -> list[tuple[str, str]]:
    """Read the Codings of a CodeableConcept."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return [pair for each in objects(codings) if (pair := code(each))]


def below(path: str, step: str) -> str:
    """A place below another; of names that are longer than any element's, the beginning."""
    return path + step[:_STEP_SHOWN] if len(path) < _PATH_SHOWN else path

"""Looking into a Bundle takes steps in proportion to its length, whatever stands in it.

Steps are lines run, not seconds: a machine that is busy changes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from salus.fhir.bundle import BundleEntries, resources
from salus.fhir.sensitivity.standard import standard

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
LABEL = {"system": "urn:ours", "code": "x"}


def steps(act: Callable[[], object]) -> int:
    """Count the lines of Salus's reading of FHIR that run in an act."""
    count = 0

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal count
        if "/salus/fhir/" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def bundle(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    listed = [{"resource": each} for each in entries]
    return {"resourceType": "Bundle", "type": "collection", "entry": listed, **more}


def condition(codings: int, name: str = "c") -> dict[str, Any]:
    code = {"coding": [{"system": ICD, "code": f"F{20 + n % 20}.{n}"} for n in range(codings)]}
    return {"resourceType": "Condition", "id": name, "code": code}


def user(name: str, *reasons: str) -> dict[str, Any]:
    references = [{"reference": each} for each in reasons]
    return {"resourceType": "Procedure", "id": name, "reasonReference": references}


def one_reason_of_many_codes(n: int) -> dict[str, Any]:
    return bundle(condition(n), *(user(f"p{each}", "Condition/c") for each in range(n)))


def many_of_one_name(n: int) -> dict[str, Any]:
    users = (user(f"p{each}", *["Condition/c"] * 5) for each in range(n))
    return bundle(*(condition(1) for _ in range(n)), *users)


def a_chain(n: int) -> dict[str, Any]:
    users = (user(f"p{each}", f"Procedure/p{each + 1}") for each in range(n))
    return bundle(*users, {**condition(5), "resourceType": "Procedure", "id": f"p{n}"})


def labels_around(n: int) -> dict[str, Any]:
    head = {"resourceType": "Composition"}
    labels = [{**LABEL, "code": str(each)} for each in range(n)]
    others = (condition(0) for _ in range(n))
    return {**bundle(head, *others), "type": "document", "meta": {"security": labels}}


def inline_labels(n: int) -> dict[str, Any]:
    url = (
        "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"
    )
    labels = [{"url": url, "valueCoding": LABEL} for _ in range(n)]
    return bundle({**condition(n), "extension": labels})


def words(n: int) -> dict[str, Any]:
    return bundle({**condition(0), "note": [{"text": "sickle " * n}]})


@pytest.mark.parametrize(
    "shape",
    [one_reason_of_many_codes, many_of_one_name, a_chain, labels_around, inline_labels, words],
)
def test_twice_the_length_takes_twice_the_steps(shape: Callable[[int], dict[str, Any]]) -> None:
    few, many = (json.dumps(shape(n)).encode() for n in (100, 200))
    list(resources(many))
    once, twice = (steps(lambda data=data: list(resources(data))) for data in (few, many))  # type: ignore[misc]
    assert twice < 2.2 * once


def test_each_user_takes_in_each_meaning_once() -> None:
    found = BundleEntries.of(one_reason_of_many_codes(50), standard()).found
    assert len(found[0]) >= 50
    assert {len(each) for each in found[1:]} == {len({e.sensitivities for e in found[1]})}

"""What the sensitivity table finds in codes that it was not written on, against labels by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from salus.fhir.sensitivity.standard import standard

ROOT = Path(__file__).parents[3]
SYNTHEA = ROOT.parent / "shared" / "data" / "synthea-r4"
LABELS = ROOT / "tests" / "vectors" / "sensitivity" / "synthea-test-half.tsv"
KINDS = {
    "PSY": {"PSY", "MH", "BH", "PSYTHPN", "EMOTDIS", "COGN", "DVD"},
    "SUD": {"SUD", "ETH", "ETHUD", "OPIOIDUD"},
    "HIV": {"HIV"},
    "SEX": {"SEX", "STD", "GENDER"},
}
SNOMED = "http://snomed.info/sct"
Key = tuple[str, str]
pytestmark = pytest.mark.skipif(not SYNTHEA.is_dir(), reason="Synthea's files are not here")


def codings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("code"), str) and isinstance(value.get("system"), str):
            yield value
        for each in value.values():
            yield from codings(each)
    elif isinstance(value, list):
        for each in value:
            yield from codings(each)


def key(system: str, code: str) -> Key:
    digest = sha256(f"{system}|{code}".encode()).hexdigest()[:16]
    return system, f"sha256:{digest}" if system == SNOMED else code


def found() -> dict[Key, set[str]]:
    """What the table derives for each distinct code of the test half."""
    patients = sorted(each for each in SYNTHEA.glob("*.json") if "Information" not in each.name)
    derived: dict[Key, set[str]] = {}
    for each in (
        each for path in patients[1::2] for each in codings(json.loads(path.read_bytes()))
    ):
        said = standard().of_code(each["system"], each["code"])
        said += standard().of_words(each.get("display", ""))
        labels = derived.setdefault(key(each["system"], each["code"]), set())
        labels |= {label for one in said for label in one.sensitivities}
    return derived


def by_hand() -> dict[Key, str]:
    lines = [each.split("\t") for each in LABELS.read_text().splitlines() if each[0] != "#"]
    return {(system, code): label for system, code, label, reason in lines if reason}


def test_each_code_has_a_label_by_hand_with_a_reason() -> None:
    assert by_hand().keys() == found().keys()


@pytest.mark.parametrize(("kind", "labelled"), [("PSY", 1), ("SUD", 0), ("HIV", 0), ("SEX", 20)])
def test_what_was_measured_stays(kind: str, labelled: int) -> None:
    hands, derived = by_hand(), found()
    wanted = {each for each, label in hands.items() if label == kind}
    got = {each for each, labels in derived.items() if labels & KINDS[kind]}
    assert len(wanted) == labelled
    assert not wanted - got, "recall is 1"
    assert not got - wanted, "precision is 1"

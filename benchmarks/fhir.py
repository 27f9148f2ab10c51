"""What looking into FHIR costs: validating and classing resources, splitting Bundles and NDJSON.

Run ``python benchmarks/fhir.py``: one JSON object of figures, all of resources a second of one
core's processor time, measured in this run on records made here. ``--toy`` takes few of them: its
figures mean nothing.

- ``classify_s``: class, labels, sensitivities and time of parsed resources.
- ``validate_per_s``: parsed resources held against R4's rules.
- ``split_per_s``: a Bundle's text validated, split and classed, as it comes in.
- ``split_bundle_s``, ``split_ndjson_s``: the same from text, with exact bytes and whose each is.
- ``json_s``: Python's own parser alone over the Bundle's text, as a floor.
- ``fhir_resources_s``: the peer, `fhir.resources`, makes its models of the same Bundle; null where
  it is not installed. It checks values by type and classes nothing.

Example:
    >>> sorted(each["resourceType"] for each in records(1))
    ['Condition', 'DocumentReference', 'Encounter', 'MedicationRequest', 'Observation']
"""

from __future__ import annotations

import json
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from salus.fhir.bundle import resources
from salus.fhir.classify import classify
from salus.fhir.validation import problems

TOY = "--toy" in sys.argv
VISITS = 5 if TOY else 400
ROUNDS = 1 if TOY else 5
NOTE = "The patient feels well. Blood pressure is normal; the cough is better. " * 20
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
HL7 = "http://terminology.hl7.org/CodeSystem"


def coded(system: str, code: str, words: str) -> dict[str, Any]:
    """A concept of one code."""
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def records(visits: int) -> Iterator[dict[str, Any]]:
    """What is written at so many visits, one in ten for depression."""
    for number in range(visits):
        yield from map(dict, _visit(number))


def _visit(number: int) -> Iterator[dict[str, Any]]:
    who = {"subject": {"reference": "Patient/1"}, "id": f"r{number}"}
    day = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T09:00:00Z"
    at = {"encounter": {"reference": f"Encounter/r{number}"}}
    is_tenth = number % 10 == 0
    words = "Major depression, single episode" if is_tenth else "Acute viral pharyngitis"
    kind = {"system": f"{HL7}/v3-ActCode", "code": "AMB"}
    period = {"start": day, "end": day}
    yield {
        "resourceType": "Encounter",
        **who,
        "status": "finished",
        "class": kind,
        "period": period,
    }
    state = coded(f"{HL7}/condition-clinical", "active", "Active")
    told = {"code": coded(SNOMED, str(195662009 + number), words), "onsetDateTime": day}
    yield {"resourceType": "Condition", **who, **at, "clinicalStatus": state, **told}
    pressure = {"value": 110 + number % 30, "unit": "mmHg", "system": "http://unitsofmeasure.org"}
    measured = {
        "code": coded(LOINC, "8480-6", "Systolic blood pressure"),
        "valueQuantity": pressure,
    }
    yield {"resourceType": "Observation", **who, **at, "status": "final", **measured}
    drug = {"medicationCodeableConcept": coded(SNOMED, "387207008", "Ibuprofen"), "authoredOn": day}
    yield {
        "resourceType": "MedicationRequest",
        **who,
        "status": "active",
        "intent": "order",
        **drug,
    }
    note = {"contentType": "text/plain", "data": b64encode(NOTE.encode()).decode()}
    held = {"status": "current", "date": day, "content": [{"attachment": note}]}
    yield {"resourceType": "DocumentReference", **who, **held}


def rate(work: Callable[[], object], many: int) -> float:
    """How many a second of processor time, at best."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return many / best


def peer(text: bytes, many: int) -> float | None:
    """The peer's figure; None where it is not installed."""
    try:
        models = import_module("fhir.resources.R4B.bundle")
    except ImportError:
        return None
    return rate(lambda: models.Bundle.model_validate_json(text), many)


def main() -> None:
    """Measure and print."""
    made = list(records(VISITS))
    entries = [{"fullUrl": f"urn:uuid:{at}", "resource": each} for at, each in enumerate(made)]
    bundle = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
    lines = b"\n".join(json.dumps(each).encode() for each in made)
    many = len(made)
    figures = {
        "fhir.classify_s": rate(lambda: [classify(each) for each in made], many),
        "fhir.validate_per_s": rate(lambda: [problems(each) for each in made], many),
        "fhir.split_per_s": rate(lambda: list(resources(bundle, validate=True)), many),
        "fhir.split_bundle_s": rate(lambda: list(resources(bundle)), many),
        "fhir.split_ndjson_s": rate(lambda: list(resources(lines)), many),
        "fhir.json_s": rate(lambda: json.loads(bundle), many),
        "fhir.fhir_resources_s": peer(bundle, many),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

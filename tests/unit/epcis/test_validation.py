from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.epcis import validate_document
from salus.epcis.errors import InvalidEpcis
from salus.epcis.hashing import document_hashes
from salus.epcis.validation import validate_event
from salus.errors import SalusError

DATA = Path(__file__).parents[4] / "shared" / "data"
VALID = sorted([*(DATA / "epcis-2.0/valid").glob("*.json")])
HASHED = sorted((DATA / "epcis-event-hash").glob("*.jsonld"))
INVALID = {
    "Combination_of_events_with_missing_mandatory_fields": [
        "eventList[0].action",
        "eventList[1].eventTimeZoneOffset",
        "eventList[1].action",
    ],
    "Combination_of_non_standard_bizStep_and_disposition": [
        "eventList[0].bizStep",
        "eventList[1].disposition",
    ],
    "ObjectEvent_with_ilmd_field_without_namespace": ["eventList[0].ilmd.materialType"],
    "ObjectEvent_with_invalid_certificationInfo": [
        "eventList[0].certificationInfo[0]",
        "eventList[0].certificationInfo[1]",
    ],
    "ObjectEvent_with_non_standard_bizStep": ["eventList[0].bizStep"],
    "ObjectEvent_with_non_standard_disposition": ["eventList[0].disposition"],
    "ObjectEvent_with_unknown_field_in_quantityList": ["eventList[0].quantityList[0].weight"],
    "ObjectEvent_without_identifier_list": ["eventList[0].epcList"],
}
needs_data = pytest.mark.skipif(not VALID, reason="the EPCIS 2.0 documents are not here")

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-22T10:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "ADD",
    "bizStep": "commissioning",
    "epcList": ["https://id.gs1.org/01/09506000134352/21/7QX9"],
}
AGGREGATION = {key: EVENT[key] for key in ("eventTime", "eventTimeZoneOffset", "action")} | {
    "type": "AggregationEvent"
}


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_bytes(), parse_float=Decimal)
    return document


def problems(event: dict[str, Any], context: object = None) -> list[str]:
    with pytest.raises(InvalidEpcis) as caught:
        validate_event(event, context=context)
    return [problem.path for problem in caught.value.problems]


@needs_data
@pytest.mark.parametrize("path", VALID + HASHED or [Path()], ids=lambda path: path.name)
def test_every_valid_document_is_accepted_and_hashed(path: Path) -> None:
    validate_document(read(path))
    assert len(set(document_hashes(path.read_bytes()))) >= 1


@needs_data
@pytest.mark.parametrize("stem", INVALID)
def test_every_invalid_document_is_refused_with_the_field_at_fault(stem: str) -> None:
    with pytest.raises(InvalidEpcis) as caught:
        validate_document(read(DATA / "epcis-2.0" / "invalid" / f"{stem}.json"))
    assert [problem.path for problem in caught.value.problems] == INVALID[stem]


@needs_data
def test_no_invalid_document_is_left_out() -> None:
    assert {path.stem for path in (DATA / "epcis-2.0/invalid").glob("*.json")} == set(INVALID)


def test_a_plain_event_is_valid() -> None:
    validate_event(EVENT)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"type": "MovingEvent"}, "event.type"),
        ({"eventTime": "2026-11-22"}, "event.eventTime"),
        ({"eventTimeZoneOffset": "+15:00"}, "event.eventTimeZoneOffset"),
        ({"action": "MOVE"}, "event.action"),
        ({"bizStep": 5}, "event.bizStep"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "event.bizStep"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-moving"}, "event.bizStep"),
        ({"disposition": "lost somewhere"}, "event.disposition"),
        ({"epcList": "urn:x:1"}, "event.epcList"),
        ({"epcList": ["7QX9"]}, "event.epcList[0]"),
        ({"epcList": ["urn:x:1", "urn:x:1"]}, "event.epcList"),
        ({"readPoint": "urn:x:1"}, "event.readPoint"),
        ({"readPoint": {}}, "event.readPoint.id"),
        ({"quantityList": [{"quantity": 1}]}, "event.quantityList[0].epcClass"),
        (
            {"quantityList": [{"epcClass": "urn:x", "quantity": "1"}]},
            "event.quantityList[0].quantity",
        ),
        (
            {"quantityList": [{"epcClass": "urn:x", "quantity": True}]},
            "event.quantityList[0].quantity",
        ),
        ({"quantityList": [{"epcClass": "urn:x", "uom": "kilo"}]}, "event.quantityList[0].uom"),
        ({"sourceList": [{"source": "urn:x:1"}]}, "event.sourceList[0].type"),
        ({"bizTransactionList": [{"type": "po"}]}, "event.bizTransactionList[0].bizTransaction"),
        ({"errorDeclaration": {"reason": "typo"}}, "event.errorDeclaration.declarationTime"),
        ({"persistentDisposition": {"set": ["gone"]}}, "event.persistentDisposition.set[0]"),
        ({"sensorElementList": [{}]}, "event.sensorElementList[0].sensorReport"),
        (
            {"sensorElementList": [{"sensorReport": [{"booleanValue": "yes"}]}]},
            "event.sensorElementList[0].sensorReport[0].booleanValue",
        ),
        ({"colour": "red"}, "event.colour"),
        ({"ex:colour": "red"}, "event.ex:colour"),
        ({"action": "OBSERVE", "ilmd": {"cbvmda:lotNumber": "A"}}, "event.ilmd"),
    ],
    ids=str,
)
def test_a_fault_is_named_with_its_path(changes: dict[str, Any], path: str) -> None:
    assert path in problems({**EVENT, **changes})


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (AGGREGATION, "event.childEPCs"),
        ({**AGGREGATION, "type": "AssociationEvent", "childEPCs": ["urn:x:1"]}, "event.parentID"),
        ({**EVENT, "type": "TransactionEvent"}, "event.bizTransactionList"),
        ({**AGGREGATION, "type": "TransactionEvent", "bizTransactionList": []}, "event.epcList"),
        ({**AGGREGATION, "type": "TransformationEvent"}, "event.inputEPCList"),
    ],
    ids=["aggregation", "association", "transaction", "transaction-objects", "transformation"],
)
def test_each_type_of_event_has_its_rules(event: dict[str, Any], path: str) -> None:
    assert path in problems(event)


def test_an_extension_is_accepted_when_its_prefix_is_declared() -> None:
    event = {**EVENT, "ex:colour": {"ex:name": "red", "ex:list": [{"ex:x": 1}]}}
    validate_event(event, context={"ex": "https://ns.example.com/"})
    validate_event({**event, "@context": [{"ex": "https://ns.example.com/"}]})
    validate_event({**EVENT, "https://ns.example.com/colour": "red"})


def test_every_problem_is_reported_at_once_and_the_first_is_in_the_message() -> None:
    with pytest.raises(InvalidEpcis, match=r"event\.type: is missing \(and \d+ more\)") as caught:
        validate_event({})
    assert len(caught.value.problems) >= 3


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"@context": [], "type": "EPCISDocument", "epcisBody": {}},
        {"@context": [], "type": "EPCISQueryDocument", "epcisBody": {"queryResults": {}}},
        {"@context": [], "type": "EPCISDocument", "epcisBody": {"eventList": ["x"]}},
    ],
    ids=["empty", "no-events", "no-results", "not-an-event"],
)
def test_refuses_a_document_without_its_parts(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidEpcis):
        validate_document(document)


def test_nesting_without_end_is_refused() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"ex:deep": deep}
    with pytest.raises(InvalidEpcis, match="nested"):
        validate_event({**EVENT, "ex:deep": deep}, context={"ex": "https://ns.example.com/"})


fields = st.sampled_from([*EVENT, "@context", "ilmd", "sensorElementList", "ex:x", "sourceList"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=3),
    max_leaves=10,
)


@given(changes=st.dictionaries(fields, anything, max_size=4))
def test_any_event_is_accepted_or_refused_with_a_named_error(changes: dict[str, Any]) -> None:
    event = {**EVENT, **changes}
    try:
        validate_event(event)
    except SalusError:
        return
    assert document_hashes(event)


@given(changes=st.dictionaries(fields, anything, max_size=4))
def test_any_event_is_hashed_or_refused_with_a_named_error(changes: dict[str, Any]) -> None:
    try:
        first = document_hashes({**EVENT, **changes})
    except SalusError:
        return
    assert first == document_hashes(dict(reversed({**EVENT, **changes}.items())))

"""Structural checks of EPCIS 2.0 JSON-LD documents: fields, terms, namespaces, and event rules.

Example:
    >>> from salus.epcis.errors import InvalidEpcis
    >>> try:
    ...     validate_event({"type": "ObjectEvent", "eventTime": "2026-11-22T10:00:00Z",
    ...                     "eventTimeZoneOffset": "+00:00", "action": "ADD", "bizStep": "moving",
    ...                     "epcList": ["https://id.gs1.org/01/09506000134352/21/7QX9"]})
    ... except InvalidEpcis as error:
    ...     print(error.problems[0])
    event.bizStep: 'moving' is neither a term of the standard nor a URI
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.event_fields import EVENTS, EXTENDED_EVENT
from salus.epcis.field_checks import ObjectRule, Prefixes, Problems, anything, moment, text
from salus.epcis.json_reader import context_prefixes
from salus.epcis.nodes import STANDARD_PREFIXES
from salus.primitives.arguments import typed_arguments

_MOST_PROBLEMS = 100

_DOCUMENT = ObjectRule(
    {
        "@context": anything,
        "id": text(r"\S+", "a URI"),
        "type": text("EPCISDocument|EPCISQueryDocument", "a type of EPCIS document"),
        "schemaVersion": text(r"[0-9]+(\.[0-9]+)*", "a version"),
        "creationDate": moment,
        "instanceIdentifier": text(".*", "a string"),
        "sender": text(".*", "a string"),
        "receiver": text(".*", "a string"),
        "epcisHeader": anything,
        "epcisBody": anything,
    },
    required=("@context", "type", "epcisBody"),
    extensible=True,
)


@typed_arguments
def validate_document(document: Mapping[str, Any]) -> None:
    """Check a whole document.

    Args:
        document: an EPCISDocument or EPCISQueryDocument, JSON-LD.

    Raises:
        InvalidEpcis: with every problem found, up to 100.
    """
    _raise_if_any(_document_problems(document))


@typed_arguments
def validate_event(event: Mapping[str, Any], *, context: object = None) -> None:
    """Check one JSON-LD event; the error has every problem found, up to 100.

    Raises:
        InvalidEpcis: with every problem found, up to 100.
    """
    _raise_if_any(_event_problems(event, "event", context_prefixes(context)))


def _raise_if_any(found: Problems) -> None:
    problems = list(islice(found, _MOST_PROBLEMS))
    if problems:
        raise InvalidEpcis(problems)


def _document_problems(document: Mapping[str, Any]) -> Problems:
    prefixes = context_prefixes(document.get("@context"))
    yield from _DOCUMENT(document, "document", {**STANDARD_PREFIXES, **prefixes})
    path, holder = "document.epcisBody", document.get("epcisBody")
    if document.get("type") == "EPCISDocument":
        for name in ("schemaVersion", "creationDate"):
            if name not in document:
                yield Problem(f"document.{name}", "is missing")
    elif isinstance(holder, Mapping):
        results = holder.get("queryResults")
        path += ".queryResults.resultsBody"
        holder = results.get("resultsBody") if isinstance(results, Mapping) else None
    events = holder.get("eventList") if isinstance(holder, Mapping) else None
    if not isinstance(events, list):
        yield Problem(f"{path}.eventList", "is missing")
        return
    for position, event in enumerate(events):
        yield from _event_problems(event, f"eventList[{position}]", prefixes)


def _event_problems(event: object, path: str, prefixes: Prefixes) -> Problems:
    if not isinstance(event, Mapping):
        yield Problem(path, "is not an object")
        return
    known = {**STANDARD_PREFIXES, **prefixes, **context_prefixes(event.get("@context"))}
    for name in ("type", "eventTime", "eventTimeZoneOffset"):
        if name not in event:
            yield Problem(f"{path}.{name}", "is missing")
    kind = str(event.get("type"))
    if kind not in EVENTS and ":" not in kind:
        yield Problem(f"{path}.type", f"{kind!r} is not a type of event")
    yield from EVENTS.get(kind, EXTENDED_EVENT)(event, path, known)
    if kind in _RULES:
        for field, reason in _RULES[kind](event):
            yield Problem(f"{path}.{field}", reason)


Broken = Iterator[tuple[str, str]]


def _object_rules(event: Mapping[str, Any]) -> Broken:
    has_sensor = event.get("sensorElementList") and event.get("readPoint")
    if "epcList" not in event and not event.get("quantityList") and not has_sensor:
        yield "epcList", "is missing: name objects in epcList or quantityList"
    if "ilmd" in event and event.get("action") != "ADD":
        yield "ilmd", "is only allowed with the action ADD"


def _child_rules(event: Mapping[str, Any]) -> Broken:
    has_children = event.get("childEPCs") or event.get("childQuantityList")
    if not has_children and event.get("action") != "DELETE":
        yield "childEPCs", "is missing: only DELETE may leave the children out"


def _transaction_rules(event: Mapping[str, Any]) -> Broken:
    if not event.get("bizTransactionList"):
        yield "bizTransactionList", "needs at least one transaction"
    has_objects = "epcList" in event or event.get("quantityList")
    if not has_objects and event.get("action") != "DELETE":
        yield "epcList", "is missing: only DELETE may leave the objects out"


def _transformation_rules(event: Mapping[str, Any]) -> Broken:
    has_input = event.get("inputEPCList") or event.get("inputQuantityList")
    has_output = event.get("outputEPCList") or event.get("outputQuantityList")
    is_part = "transformationID" in event
    if not (has_input and has_output) and not (is_part and (has_input or has_output)):
        yield "inputEPCList", "inputs and outputs are needed, or one of them and transformationID"


_RULES = {
    "ObjectEvent": _object_rules,
    "AggregationEvent": _child_rules,
    "AssociationEvent": _child_rules,
    "TransactionEvent": _transaction_rules,
    "TransformationEvent": _transformation_rules,
}

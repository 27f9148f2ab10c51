"""EPCIS 2.0 JSON-LD into event trees.

Example:
    >>> event = {"type": "ObjectEvent", "epcList": ["https://id.gs1.org/00/040123450000003338"]}
    >>> json_event(event).event.children[0].children[0].name
    'epc'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.hash_numbers import number_text
from salus.epcis.nodes import (
    STANDARD_PREFIXES,
    Document,
    EventField,
    EventTree,
    check_depth,
    extension_name,
)

MAX_EXPONENT = 9999
"""The most digits of a number, before the point or behind it, that are written out."""

# JSON lists their items without a name; XML names them, and the hash takes the names of XML.
_ITEM_NAMES = {
    "bizTransactionList": "bizTransaction",
    "childEPCs": "epc",
    "childQuantityList": "quantityElement",
    "destinationList": "destination",
    "epcList": "epc",
    "inputEPCList": "epc",
    "inputQuantityList": "quantityElement",
    "outputEPCList": "epc",
    "outputQuantityList": "quantityElement",
    "quantityList": "quantityElement",
    "sensorElementList": "sensorElement",
    "sourceList": "source",
}


def json_event(event: Mapping[str, Any], context: object = None) -> EventTree:
    """Read one event."""
    prefixes = context_prefixes(context) | context_prefixes(event.get("@context"))
    kind = event.get("type")
    if not isinstance(kind, str):
        raise InvalidEpcis([Problem("type", "is missing: every event names its type")])
    fields = ((key, value) for key, value in event.items() if key not in ("@context", "type"))
    children = [node for key, value in fields for node in _top_level(key, value, prefixes=prefixes)]
    tree = EventField(extension_name(kind, prefixes), children=tuple(children))
    return EventTree(tree, {**STANDARD_PREFIXES, **prefixes}, is_xml=False)


def json_document(document: Mapping[str, Any]) -> Document:
    """Read an EPCISDocument, an EPCISQueryDocument, or a bare event."""
    body = document.get("epcisBody")
    if not isinstance(body, Mapping):
        return Document((json_event(document),))
    context = document.get("@context")
    results = body.get("queryResults")
    holder = results.get("resultsBody") if isinstance(results, Mapping) else body
    events = holder.get("eventList") if isinstance(holder, Mapping) else None
    if events is None and isinstance(holder, Mapping) and "event" in holder:
        events = [holder["event"]]
    if not isinstance(events, list) or not all(isinstance(item, Mapping) for item in events):
        raise InvalidEpcis([Problem("epcisBody", "has no eventList of events")])
    asked = _asked_to_ignore([document, results], context_prefixes(context))
    return Document(tuple(json_event(event, context) for event in events), asked)


def context_prefixes(context: object) -> dict[str, str]:
    """Collect the prefixes that a JSON-LD context declares; its URLs are not fetched."""
    parts = context if isinstance(context, list) else [context]
    terms = [item for part in parts if isinstance(part, Mapping) for item in part.items()]
    return {key: value for key, value in terms if isinstance(value, str) and key[:1] != "@"}


def _asked_to_ignore(holders: Iterable[object], prefixes: Mapping[str, str]) -> frozenset[str]:
    known = {**STANDARD_PREFIXES, **prefixes}
    names: set[str] = set()
    for holder in holders:
        members = holder.items() if isinstance(holder, Mapping) else ()
        for key, value in members:
            if key.endswith(":ignoreFields") and isinstance(value, list):
                names |= {extension_name(str(name), known) for name in value}
    return frozenset(names)


def _top_level(key: str, value: object, *, prefixes: Mapping[str, str]) -> Iterator[EventField]:
    known = {**STANDARD_PREFIXES, **prefixes}
    if key in _ITEM_NAMES:
        items = value if isinstance(value, list) else [value]
        nodes = [n for item in items for n in _nodes(_ITEM_NAMES[key], item, known, depth=1)]
        yield EventField(key, children=tuple(nodes))
    else:
        yield from _nodes(key, value, known, depth=1)


def _nodes(
    key: str, value: object, known: Mapping[str, str], *, depth: int
) -> Iterator[EventField]:
    check_depth(depth, key)
    if isinstance(value, list):
        for item in value:
            yield from _nodes(key, item, known, depth=depth + 1)
    elif isinstance(value, Mapping):
        members = [
            node
            for name, member in value.items()
            for node in _nodes(str(name), member, known, depth=depth + 1)
        ]
        yield EventField(extension_name(key, known), children=tuple(members))
    elif value is not None:
        yield EventField(extension_name(key, known), _text(value))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(value)
    return str(value)


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return str(value)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise InvalidEpcis([Problem("number", f"is out of range: 10 to the {MAX_EXPONENT}")])
    return number_text(f"{number:f}")

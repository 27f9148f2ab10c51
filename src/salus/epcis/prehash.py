"""The pre-hash string of an event (CBV 2.0, section 8.9).

Example:
    >>> from salus.epcis.json_reader import json_event
    >>> prehash(json_event({"type": "ObjectEvent", "action": "ADD", "bizStep": "shipping"}))
    'eventType=ObjectEventaction=ADDbizStep=https://ref.gs1.org/cbv/BizStep-shipping'
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from salus.epcis.hash_order import NOT_HASHED, ORDER, PAIR_LISTS, Order
from salus.epcis.hash_values import Values
from salus.epcis.nodes import STANDARD_PREFIXES, EventField, EventTree


def prehash(
    tree: EventTree, *, ignore: Collection[str] = (), reference_quirks: bool = False
) -> str:
    """Write the string that the event hash is taken of.

    Raises:
        InvalidEpcis: a time that is not one.
    """
    keep_curies = reference_quirks and tree.is_xml
    prefixes = STANDARD_PREFIXES if keep_curies else tree.prefixes
    values = Values(prefixes, binary_floats=reference_quirks)
    left_out = {*NOT_HASHED, *ignore}
    fields = [field for field in tree.event.children if field.name not in left_out]
    standard = [field for field in fields if not field.name.startswith("{")]
    extensions = [field for field in fields if field.name.startswith("{")]
    head, rest = _in_order(standard, ORDER, values=values, parent="")
    return f"eventType={tree.event.name}{head}{_sorted([*rest, *extensions], values)}"


def _in_order(
    fields: Iterable[EventField], order: Order, *, values: Values, parent: str
) -> tuple[str, list[EventField]]:
    """Write fields in canonical order; give back what the order does not name."""
    fields = list(fields)
    text, rest = "", [field for field in fields if field.name not in order]
    for name, inner in order.items():
        written = []
        for field in fields:
            if field.name == name:
                one, left = _standard(field, inner, values=values, parent=parent)
                written.append(one)
                if left:
                    rest.append(EventField(name, children=tuple(left)))
        text += "".join(sorted(written))
    return text, rest


def _standard(
    field: EventField, inner: Order, *, values: Values, parent: str
) -> tuple[str, list[EventField]]:
    own = [child for child in field.children if not child.name.startswith("{")]
    extensions = [child for child in field.children if child.name.startswith("{")]
    within, rest = _in_order(own, inner, values=values, parent=field.name)
    within += _sorted(extensions, values)
    text = field.value.strip()
    if text:
        return f"{field.name}={values.canonical(field.name, text, parent=parent)}{within}", rest
    return field.name + within if within else "", rest


def _sorted(fields: Iterable[EventField], values: Values) -> str:
    return "".join(sorted(_generic(field, values) for field in fields))


def _generic(field: EventField, values: Values) -> str:
    if field.name in PAIR_LISTS:
        return _pair_list(field, values)
    text = field.value.strip()
    own = f"{field.name}={values.free(text)}" if text else field.name
    is_empty = not text and not field.children and not field.name.startswith("{")
    return "" if is_empty else own + _sorted(field.children, values)


def _pair_list(field: EventField, values: Values) -> str:
    order = PAIR_LISTS[field.name]
    pairs = []
    for pair in field.children:
        text, rest = _in_order(pair.children, order, values=values, parent=field.name)
        pairs.append(text + _sorted(rest, values))
    return field.name + "".join(sorted(pairs)) if pairs else ""

"""Events of a pack's life, built as EPCIS 2.0 JSON-LD with Digital Link identifiers.

Every event carries its own hash as ``eventID``; the hash leaves that field out, so that anybody
can compute it again.

Example:
    >>> from datetime import UTC, datetime
    >>> from salus.gs1 import Gln, Sscc
    >>> event = shipping_event(
    ...     [Sscc("040123450000003338")], at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    ...     read_point=Gln("4012345000115"),
    ...     sender=Gln("4012345000009"), consignee=Gln("4023333000000"))
    >>> event["bizStep"], event["epcList"]
    ('shipping', ['https://id.gs1.org/00/040123450000003338'])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.event_parts import (
    EpcisJson,
    EventItem,
    LotQuantity,
    aggregation,
    finished,
    moment_text,
    object_event,
    party_lists,
    places,
    transaction_list,
)
from salus.gs1.fields import Serial
from salus.gs1.identification_keys import Gln, Sscc
from salus.gs1.scan import PackId
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment

PackEnding: TypeAlias = Literal[
    "exported", "sample", "free_sample", "checked_out", "destroyed", "stolen", "lost"
]

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_MASTER_DATA = {"cbvmda": "urn:epcglobal:cbv:mda:"}

# How a pack's end is said in the Core Business Vocabulary: action, business step, disposition.
_ENDINGS: Mapping[str, tuple[str, str, str]] = {
    "exported": ("DELETE", "decommissioning", "inactive"),
    "sample": ("OBSERVE", "sampling", "non_sellable_other"),
    "free_sample": ("OBSERVE", "sampling", "non_sellable_other"),
    "checked_out": ("DELETE", "decommissioning", "inactive"),
    "destroyed": ("DELETE", "destroying", "destroyed"),
    "stolen": ("DELETE", "decommissioning", "stolen"),
    "lost": ("DELETE", "decommissioning", "unknown"),
}


@typed_arguments
def commissioning_event(
    *,
    lot: LotQuantity,
    expiry: date,
    at: Moment,
    read_point: Gln,
    serials: Sequence[Serial] = (),
    location: Gln | None = None,
    transactions: Mapping[str, str] | None = None,
) -> EpcisJson:
    """Record that a lot came into being.

    Args:
        lot: product, lot number and quantity.
        expiry: the last day of use.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: where it was recorded.
        serials: the packs, to name them one by one; the lot and its quantity alone when left out.
        location: where the lot is from now on.
        transactions: URIs of business documents by type, such as where the lot comes from.

    Returns:
        The event.

    Raises:
        InvalidEpcis: ``at`` has no offset, or the serials are not as many as the quantity.
    """
    if serials and len(serials) != lot.quantity:
        reason = f"{len(serials)} serials are named for a quantity of {lot.quantity}"
        raise InvalidEpcis([Problem("epcList", reason)])
    items: list[EventItem] = [PackId(lot.gtin, lot.lot, serial) for serial in serials] or [lot]
    ilmd = {
        "cbvmda:lotNumber": lot.lot.value,
        "cbvmda:itemExpirationDate": expiry.isoformat(),
    }
    event = object_event(items, "ADD", step="commissioning", disposition="active", at=at)
    where = places(read_point, location) | transaction_list(transactions)
    return finished(event | where | {"ilmd": ilmd})


@typed_arguments
def shipping_event(
    items: Sequence[EventItem],
    *,
    at: Moment,
    read_point: Gln,
    sender: Gln,
    consignee: Gln,
    transactions: Mapping[str, str] | None = None,
) -> EpcisJson:
    """Record that items left for a consignee.

    Args:
        items: packs, logistic units, or quantities of lots.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: where they left.
        sender: the party that had them.
        consignee: the party that is to have them.
        transactions: URIs of business documents by type, such as ``desadv``.

    Returns:
        The event; its hash tells this shipment apart from every other.

    Raises:
        InvalidEpcis: ``at`` has no offset, or there are no items.
    """
    event = object_event(items, "OBSERVE", step="shipping", disposition="in_transit", at=at)
    return finished(
        event
        | places(read_point, None)
        | transaction_list(transactions)
        | party_lists(sender, consignee)
    )


@typed_arguments
def receiving_event(
    items: Sequence[EventItem],
    *,
    at: Moment,
    read_point: Gln,
    sender: Gln,
    consignee: Gln,
    transactions: Mapping[str, str] | None = None,
) -> EpcisJson:
    """Record that items arrived and were counted.

    Args:
        items: packs, logistic units, or quantities of lots, as counted.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: where they arrived; they stay there.
        sender: the party that had them.
        consignee: the party that has them now.
        transactions: URIs of business documents by type, such as ``recadv``.

    Returns:
        The event.

    Raises:
        InvalidEpcis: ``at`` has no offset, or there are no items.
    """
    event = object_event(items, "OBSERVE", step="receiving", disposition="in_progress", at=at)
    return finished(
        event
        | places(read_point, read_point)
        | transaction_list(transactions)
        | party_lists(sender, consignee)
    )


@typed_arguments
def dispensing_event(packs: Sequence[PackId], *, at: Moment, read_point: Gln) -> EpcisJson:
    """Record that packs were dispensed; to whom is not in it.

    Args:
        packs: what was handed out.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: the pharmacy.

    Returns:
        The event.

    Raises:
        InvalidEpcis: ``at`` has no offset, or there are no packs.
    """
    event = object_event(packs, "OBSERVE", step="dispensing", disposition="dispensed", at=at)
    return finished(event | places(read_point, None))


@typed_arguments
def decommissioning_event(
    packs: Sequence[PackId], *, reason: PackEnding, at: Moment, read_point: Gln
) -> EpcisJson:
    """Record that packs left the supply chain for another reason than being dispensed.

    Args:
        packs: which.
        reason: exported, sample, free_sample, checked_out, destroyed, stolen or lost.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: where.

    Returns:
        The event.

    Raises:
        InvalidEpcis: ``at`` has no offset, there are no packs, or the reason is another.
    """
    action, step, disposition = _ENDINGS[reason]
    event = object_event(packs, action, step=step, disposition=disposition, at=at)
    return finished(event | places(read_point, None))


@typed_arguments
def packing_event(
    parent: Sscc, children: Sequence[EventItem], *, at: Moment, read_point: Gln
) -> EpcisJson:
    """Record that items were packed into a logistic unit.

    Args:
        parent: the unit.
        children: what is in it from now on.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: where.

    Returns:
        The event.

    Raises:
        InvalidEpcis: ``at`` has no offset, or there are no children.
    """
    return aggregation(parent, children, "ADD", step="packing", at=at, read_point=read_point)


@typed_arguments
def unpacking_event(
    parent: Sscc, children: Sequence[EventItem] = (), *, at: Moment, read_point: Gln
) -> EpcisJson:
    """Record that items were taken out of a logistic unit.

    Args:
        parent: the unit.
        children: what was taken out; everything when left out.
        at: when: a datetime with its offset from UTC, or Unix seconds.
        read_point: where.

    Returns:
        The event.

    Raises:
        InvalidEpcis: ``at`` has no offset.
    """
    return aggregation(parent, children, "DELETE", step="unpacking", at=at, read_point=read_point)


@typed_arguments
def error_declaration(
    event: Mapping[str, Any],
    *,
    at: Moment,
    reason: Literal["did_not_occur", "incorrect_data"] = "incorrect_data",
    corrected_by: Sequence[str] = (),
) -> EpcisJson:
    """Declare an earlier event wrong: the same event again, with the declaration (EPCIS 7.4.1.4).

    The wrong event keeps its hash; events that replace it are named by theirs (``eventID``).

    Raises:
        InvalidEpcis: ``at`` has no offset.
    """
    declaration: EpcisJson = {"declarationTime": moment_text(at), "reason": reason}
    if corrected_by:
        declaration["correctiveEventIDs"] = list(corrected_by)
    return {**event, "errorDeclaration": declaration}


@typed_arguments
def document(
    events: Sequence[Mapping[str, Any]],
    *,
    created: Moment | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> EpcisJson:
    """Put events into an EPCIS document.

    Args:
        events: in any order.
        created: when the document was made; now when left out.
        prefixes: namespaces of extensions in the events.

    Returns:
        The document, ready for ``json.dumps``.

    Raises:
        InvalidEpcis: ``created`` has no offset.
    """
    return {
        "@context": [CONTEXT, {**_MASTER_DATA, **(prefixes or {})}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": moment_text(datetime.now(UTC) if created is None else created),
        "epcisBody": {"eventList": [dict(event) for event in events]},
    }

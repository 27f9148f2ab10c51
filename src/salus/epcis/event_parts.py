"""The parts that events are built of: what, when, where, and between whom.

Example:
    >>> from salus.gs1 import Gtin, LotNumber
    >>> LotQuantity(Gtin("09506000134352"), LotNumber("AB-12"), 40).element()
    {'epcClass': 'https://id.gs1.org/01/09506000134352/10/AB-12', 'quantity': 40}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from salus.epcis.errors import InvalidEpcis, Problem
from salus.epcis.hashing import event_hash
from salus.epcis.validation import validate_event
from salus.gs1.fields import LotNumber
from salus.gs1.identification_keys import Gln, Gtin, Sscc
from salus.gs1.links import lot_uri, pack_uri
from salus.gs1.scan import PackId
from salus.primitives.times import Moment, moment_of
from salus.primitives.values import typed

EpcisJson: TypeAlias = dict[str, Any]
"""An event as JSON-LD, or members of one."""


@dataclass(frozen=True, slots=True)
@typed
class LotQuantity:
    """So many packs of a lot, without naming them one by one."""

    gtin: Gtin
    lot: LotNumber
    quantity: int

    def element(self) -> EpcisJson:
        """Write it as a quantity element.

        Returns:
            The class of the lot, and how many.
        """
        return {"epcClass": lot_uri(self.gtin, self.lot), "quantity": self.quantity}


EventItem: TypeAlias = PackId | Sscc | LotQuantity


def finished(event: EpcisJson) -> EpcisJson:
    """Check an event and give it its hash as ``eventID``.

    Raises:
        InvalidEpcis: it breaks the standard.
    """
    validate_event(event)
    return {**event, "eventID": event_hash(event)}


def object_event(
    items: Sequence[EventItem], action: str, *, step: str, disposition: str, at: Moment
) -> EpcisJson:
    """Start an ObjectEvent."""
    if not items:
        raise InvalidEpcis([Problem("epcList", "an event needs at least one item")])
    named, counted = _named(items), _counted(items)
    what = ({"epcList": named} if named else {}) | ({"quantityList": counted} if counted else {})
    return {
        "type": "ObjectEvent",
        **_when(at),
        **what,
        "action": action,
        "bizStep": step,
        "disposition": disposition,
    }


def aggregation(
    parent: Sscc,
    children: Sequence[EventItem],
    action: str,
    *,
    step: str,
    at: Moment,
    read_point: Gln,
) -> EpcisJson:
    """Build an AggregationEvent."""
    if not children and action != "DELETE":
        raise InvalidEpcis([Problem("childEPCs", "a unit is packed with at least one item")])
    named, counted = _named(children), _counted(children)
    return finished(
        {
            "type": "AggregationEvent",
            **_when(at),
            "parentID": parent.uri,
            "childEPCs": named,
            **({"childQuantityList": counted} if counted else {}),
            "action": action,
            "bizStep": step,
            **places(read_point, None),
        }
    )


def _named(items: Sequence[EventItem]) -> list[str]:
    packs = [item for item in items if not isinstance(item, LotQuantity)]
    return [x.uri if isinstance(x, Sscc) else pack_uri(x.gtin, x.serial) for x in packs]


def _counted(items: Sequence[EventItem]) -> list[EpcisJson]:
    return [item.element() for item in items if isinstance(item, LotQuantity)]


def _when(at: Moment) -> EpcisJson:
    return {"eventTime": moment_text(at), "eventTimeZoneOffset": moment_text(at)[-6:]}


def moment_text(at: Moment) -> str:
    """Write a time with milliseconds and offset."""
    aware = at if isinstance(at, datetime) else datetime.fromtimestamp(moment_of(at), UTC)
    offset = aware.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        reason = "needs an offset from UTC in whole minutes: give an aware time"
        raise InvalidEpcis([Problem("eventTime", reason)])
    return aware.isoformat(timespec="milliseconds")


def places(read_point: Gln, location: Gln | None) -> EpcisJson:
    """Write where something happened, and where the items are from then on."""
    here = {"readPoint": {"id": read_point.uri}}
    return here | ({"bizLocation": {"id": location.uri}} if location else {})


def transaction_list(documents: Mapping[str, str] | None) -> EpcisJson:
    """Write the business documents that an event belongs to."""
    listed = [{"type": kind, "bizTransaction": uri} for kind, uri in (documents or {}).items()]
    return {"bizTransactionList": listed} if listed else {}


def party_lists(sender: Gln, consignee: Gln) -> EpcisJson:
    """Write between whom possession passes."""
    party = "possessing_party"
    return {
        "sourceList": [{"type": party, "source": sender.party_uri}],
        "destinationList": [{"type": party, "destination": consignee.party_uri}],
    }

"""EPCIS 2.0: build events, check documents, and name events by the CBV 2.0 event hash.

Example:
    >>> from datetime import UTC, date, datetime
    >>> from salus.epcis import LotQuantity, commissioning_event, document
    >>> from salus.epcis import event_hash, validate_document
    >>> from salus.gs1 import Gln, Gtin, LotNumber
    >>> event = commissioning_event(
    ...     lot=LotQuantity(Gtin("09506000134352"), LotNumber("AB-12"), 1000),
    ...     expiry=date(2027, 12, 31), read_point=Gln("4012345000115"),
    ...     at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC))
    >>> validate_document(document([event]))
    >>> event_hash(event)[:20]
    'ni:///sha-256;6b30ac'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.epcis.event_parts import LotQuantity
    from salus.epcis.events import (
        commissioning_event,
        decommissioning_event,
        dispensing_event,
        document,
        packing_event,
        receiving_event,
        shipping_event,
        unpacking_event,
    )
    from salus.epcis.hashing import event_hash, read_document
    from salus.epcis.validation import validate_document

__all__ = [
    "LotQuantity",
    "commissioning_event",
    "decommissioning_event",
    "dispensing_event",
    "document",
    "event_hash",
    "packing_event",
    "read_document",
    "receiving_event",
    "shipping_event",
    "unpacking_event",
    "validate_document",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "event_parts": "LotQuantity",
        "events": (
            "commissioning_event decommissioning_event dispensing_event document "
            "packing_event receiving_event shipping_event unpacking_event"
        ),
        "hashing": "event_hash read_document",
        "validation": "validate_document",
    },
)

"""The EPCIS event behind an act: the chain has its hash, a document keeps the event itself.

Example:
    >>> from datetime import UTC, datetime
    >>> from salus.epcis import shipping_event
    >>> from salus.gs1 import Gln, Sscc
    >>> event = AnchoredEvent.of(shipping_event(
    ...     [Sscc("040123450000003338")], at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    ...     read_point=Gln("4012345000115"),
    ...     sender=Gln("4012345000009"), consignee=Gln("4023333000000")))
    >>> event.document["bizStep"], len(event.digest)
    ('shipping', 32)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from salus.drugs.errors import MalformedOpening
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus_verify import json_reader
from salus_verify.encoding import canonical
from salus_verify.errors import InputError


@dataclass(frozen=True, slots=True)
@typed
class AnchoredEvent:
    """An EPCIS 2.0 event in canonical JSON, and the hash that an act names it by.

    Attributes:
        json: The JSON-LD event, canonical (RFC 8785).
        digest: Its CBV 2.0 event hash, 32 bytes.
    """

    json: bytes = field(repr=False)
    digest: bytes

    @classmethod
    @typed_arguments
    def of(cls, event: Mapping[str, Any]) -> AnchoredEvent:
        """Hash a JSON-LD event, which uses no prefixes but those of EPCIS itself.

        Raises:
            InvalidEpcis: It is not a valid event.
        """
        from salus.epcis.hashing import event_digest
        from salus.epcis.validation import validate_event

        validate_event(event)
        return cls(canonical(dict(event)), event_digest(event))

    @property
    def document(self) -> dict[str, Any]:
        """The event as JSON-LD."""
        found: dict[str, Any] = json_reader.load(self.json)
        return found

    @property
    def id(self) -> str:
        """The event's ``eventID``: its hash, where it was made here."""
        return str(self.document.get("eventID"))


def read_event(value: object) -> AnchoredEvent | None:
    """Read the member of a document that keeps an event, or null."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise MalformedOpening("event is not an EPCIS event")
    try:
        return AnchoredEvent.of(value)
    except InputError as error:
        raise MalformedOpening(f"event is not an EPCIS event ({error})") from error

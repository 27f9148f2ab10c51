"""Events of `DrugProvenance`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.contracts.drugs.values import Flag, Reason, Shipment
from salus.contracts.event import Event


@dataclass(frozen=True, slots=True)
class EventCorrected(Event):
    """An earlier EPCIS event was wrong; another one replaces it."""

    lot: bytes
    wrong_event: bytes
    by: str
    replacement: bytes
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class LotCommissioned(Event):
    """A lot came into being; ``expiry`` is Unix seconds, ``quantity`` packs."""

    lot: bytes
    gtin: int
    maker: str
    lot_digest: bytes
    expiry: int
    quantity: int
    serial_root: bytes
    event_hash: bytes


@dataclass(frozen=True, slots=True)
class LotQuarantined(Event):
    """A lot was stopped for a while."""

    lot: bytes
    by: str
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class LotRecalled(Event):
    """A lot was called back, permanently."""

    lot: bytes
    by: str
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class LotReceived(Event):
    """A consignee took packs into custody."""

    lot: bytes
    shipment: bytes
    to: str
    quantity: int
    in_transit: int
    event_hash: bytes


@dataclass(frozen=True, slots=True)
class LotReleased(Event):
    """A quarantined lot was let go again."""

    lot: bytes
    by: str
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class LotShipped(Event):
    """Packs were handed over and are in transit."""

    lot: bytes
    from_: str
    to: str
    shipment: bytes
    details: Shipment


@dataclass(frozen=True, slots=True)
class LotVoided(Event):
    """Its maker declared a lot void while it held all of it; the number stays spent."""

    lot: bytes
    by: str
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class MakerPermitted(Event):
    """A maker may commission a product, or no longer."""

    gtin: int
    maker: str
    regulator: str
    permitted: bool


@dataclass(frozen=True, slots=True)
class PackDecommissioned(Event):
    """A pack left the supply chain."""

    lot: bytes
    index: int
    by: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class PackFlagged(Event):
    """The authorisation holder locked, unlocked or reported a pack stolen."""

    lot: bytes
    index: int
    by: str
    flag: Flag


@dataclass(frozen=True, slots=True)
class PackRestored(Event):
    """A decommissioning was undone: by its own party or, of a final one, by the holder."""

    lot: bytes
    index: int
    by: str


@dataclass(frozen=True, slots=True)
class PacksQuarantined(Event):
    """Packs of a lot were stopped for a while, from index ``first`` to ``last``."""

    lot: bytes
    by: str
    first: int
    last: int
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class PacksRecalled(Event):
    """Packs of a lot were called back permanently, from index ``first`` to ``last``."""

    lot: bytes
    by: str
    first: int
    last: int
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class PacksReleased(Event):
    """Packs of a lot were let go again, from index ``first`` to ``last``."""

    lot: bytes
    by: str
    first: int
    last: int
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class ProductHolderChanged(Event):
    """A product's authorisation went to another holder."""

    gtin: int
    regulator: str
    holder: str


@dataclass(frozen=True, slots=True)
class ProductRegistered(Event):
    """A regulator bound a GTIN to its authorisation holder."""

    gtin: int
    regulator: str
    holder: str


@dataclass(frozen=True, slots=True)
class QuantityDecommissioned(Event):
    """Packs left the supply chain by their number; ``contents_root`` commits to which."""

    lot: bytes
    by: str
    quantity: int
    reason: Reason
    contents_root: bytes
    event_hash: bytes


@dataclass(frozen=True, slots=True)
class ShipmentDisputed(Event):
    """What came is not what was shipped; ``counted`` packs were found."""

    lot: bytes
    shipment: bytes
    by: str
    counted: int
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class ShipmentRejected(Event):
    """A consignee sends back what is still in transit."""

    lot: bytes
    shipment: bytes
    by: str
    reason_digest: bytes


@dataclass(frozen=True, slots=True)
class ShipmentReturned(Event):
    """A sender took rejected packs back into custody."""

    lot: bytes
    shipment: bytes
    to: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipmentWrittenOff(Event):
    """What was still in transit is destroyed, stolen or lost."""

    lot: bytes
    shipment: bytes
    by: str
    quantity: int
    reason: Reason

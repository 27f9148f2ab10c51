"""Structs and enumerations of `DrugProvenance`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

from salus.primitives.address import Address
from salus.primitives.values import typed


class Reason(IntEnum):
    """Why a pack left the supply chain; up to CHECKED_OUT it can be undone within ten days."""

    NONE = 0
    DISPENSED = 1
    EXPORTED = 2
    SAMPLE = 3
    FREE_SAMPLE = 4
    CHECKED_OUT = 5
    DESTROYED = 6
    STOLEN = 7
    LOST = 8


class Stop(IntFlag):
    """What stops a pack: its lot's stops and those of the ranges that it stands in."""

    RECALLED = 1
    QUARANTINED_BY_MAKER = 2
    QUARANTINED_BY_HOLDER = 4
    QUARANTINED_BY_REGULATOR = 8


class Flag(IntEnum):
    """What the authorisation holder says of a pack that it does not hold."""

    NONE = 0
    LOCKED = 1
    STOLEN = 2


class ShipmentStatus(IntEnum):
    """Where a shipment stands."""

    NONE = 0
    IN_TRANSIT = 1
    DISPUTED = 2
    REJECTED = 3
    CLOSED = 4


@dataclass(frozen=True, slots=True)
@typed
class Product:
    """A GTIN's regulator and marketing-authorisation holder."""

    regulator: Address
    holder: Address
    registered_at: int


@dataclass(frozen=True, slots=True)
@typed
class Lot:
    """A commissioned lot: serials' root, maker, packs, expiry (Unix seconds), what stops it."""

    serial_root: bytes
    maker: Address
    quantity: int
    expiry: int
    recalled: bool
    quarantined_by_maker: bool
    quarantined_by_holder: bool
    quarantined_by_regulator: bool
    voided: bool

    @property
    def exists(self) -> bool:
        """Whether the lot was ever commissioned."""
        return self.quantity > 0

    @property
    def quarantined(self) -> bool:
        """Whether anybody who may has stopped the lot for now."""
        return bool(self.stopped_by)

    @property
    def stopped_by(self) -> tuple[str, ...]:
        """Who has stopped it now: maker, holder, regulator; each lets go only its own stop."""
        stops = {
            "maker": self.quarantined_by_maker,
            "holder": self.quarantined_by_holder,
            "regulator": self.quarantined_by_regulator,
        }
        return tuple(who for who, stopped in stops.items() if stopped)


@dataclass(frozen=True, slots=True)
@typed
class Shipment:
    """A hand-over of packs of one lot.

    Attributes:
        lot: Lot id, 32 bytes.
        sender: Who hands over (`from` in the contract).
        consignee: Who is to receive (`to`).
        quantity: Packs.
        contents_root: RFC 9162 root over the serial commitments shipped, 32 bytes.
        event_hash: CBV 2.0 hash of the EPCIS shipping event, 32 bytes.
    """

    lot: bytes
    sender: Address
    consignee: Address
    quantity: int
    contents_root: bytes
    event_hash: bytes

    @property
    def id(self) -> bytes:
        """keccak256 of the ABI-encoded struct, as the contract names the shipment."""
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        types = ["bytes32", "address", "address", "uint40", "bytes32", "bytes32"]
        return keccak(encode(types, self.as_tuple()))

    def as_tuple(self) -> tuple[Any, ...]:
        """The struct as the contracts take it."""
        return (
            self.lot,
            self.sender,
            self.consignee,
            self.quantity,
            self.contents_root,
            self.event_hash,
        )


@dataclass(frozen=True, slots=True)
@typed
class ShipmentState:
    """What the chain knows of a shipment; ``in_transit`` counts packs that nobody has taken yet."""

    status: ShipmentStatus
    in_transit: int
    shipped_at: int


@dataclass(frozen=True, slots=True)
@typed
class Pack:
    """What the chain knows of one serial: who ended it, when, why, and what its holder flags."""

    by: Address
    at: int
    reason: Reason
    flag: Flag

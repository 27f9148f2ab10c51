"""Values that travel between the chain and an application, named as in the contracts.

Example:
    >>> from salus.models import Checkpoint, Role
    >>> Role.PHARMACY.bit
    16
    >>> Checkpoint.none().size
    0
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import Any, TypeAlias

from salus.values import typed

Address: TypeAlias = str
"""A checksummed, 0x-prefixed account address of 20 bytes."""

ZERO_BYTES32 = bytes(32)
ZERO_ADDRESS: Address = "0x" + "0" * 40
MOST_LEAVES = (1 << 53) - 1
"""Leaves of the largest log, as in `AnchorRegistry`: JSON holds no larger integer exactly."""


class Role(IntEnum):
    """What an address is accredited as; numbers as in `contracts/types/Role.sol`."""

    CLINICIAN = 1
    EMERGENCY_CLINICIAN = 2
    HOSPITAL = 3
    PHARMACY = 4
    MANUFACTURER = 5
    DISTRIBUTOR = 6
    PAYER = 7
    REGULATOR = 8
    ETHICS_BOARD = 9

    @property
    def bit(self) -> int:
        """The role's bit in a mask of roles."""
        return 1 << self.value


class Reason(IntEnum):
    """Why a pack left the supply chain; up to SAMPLE it can be undone within ten days."""

    NONE = 0
    DISPENSED = 1
    EXPORTED = 2
    SAMPLE = 3
    DESTROYED = 4
    STOLEN = 5
    LOST = 6


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
class Checkpoint:
    """The state of an append-only log after its first ``size`` leaves.

    Attributes:
        parent: Id of the checkpoint before it, 32 bytes; zeros for a stream's first.
        root: RFC 9162 Merkle tree hash, 32 bytes.
        size: Number of leaves.
    """

    parent: bytes
    root: bytes
    size: int

    def __post_init__(self) -> None:
        from salus.errors import InvalidValue  # it reads this room's values

        if not 0 <= self.size <= MOST_LEAVES:
            raise InvalidValue("Checkpoint", "size", "is not from 0 to 2**53 - 1")

    @classmethod
    def none(cls) -> Checkpoint:
        """What a stream that has no checkpoint yet shows as its last."""
        return cls(ZERO_BYTES32, ZERO_BYTES32, 0)

    @property
    def id(self) -> bytes:
        """keccak256(abi.encode(parent, root, size)); zeros for a stream without a checkpoint."""
        if self.size == 0:
            return ZERO_BYTES32
        from eth_utils.crypto import keccak

        return keccak(self.parent + self.root + self.size.to_bytes(32, "big"))

    def as_tuple(self) -> tuple[bytes, bytes, int]:
        """The struct as the contracts take it."""
        return (self.parent, self.root, self.size)


@dataclass(frozen=True, slots=True)
@typed
class Accreditation:
    """Who vouched for a subject's role, from when until when (Unix seconds)."""

    accreditor: Address
    issued_at: int
    valid_until: int


@dataclass(frozen=True, slots=True)
@typed
class ConsentStatus:
    """When a consent was granted and revoked (Unix seconds; 0: never), and if it is active."""

    granted_at: int
    revoked_at: int
    active: bool


@dataclass(frozen=True, slots=True)
@typed
class BreakGlassWindow:
    """An emergency window's times, in Unix seconds; ``justified_at`` is zero until it is."""

    opened_at: int
    ends_at: int
    justified_at: int
    justify_by: int


@dataclass(frozen=True, slots=True)
@typed
class Recovery:
    """A recovery that waits; ``ready_at`` is zero when there is none.

    Attributes:
        new_owner: Who will own the identity.
        ready_at: When it can be executed, Unix seconds.
        unanimous: Whether all guardians approved: it cannot be vetoed.
        round: What the next approvals by fewer than all guardians sign.
        unanimous_round: What the next approvals by all guardians sign.
    """

    new_owner: Address
    ready_at: int
    unanimous: bool
    round: int
    unanimous_round: int


@dataclass(frozen=True, slots=True)
@typed
class GuardianSet:
    """The opening of a guardians commitment.

    Attributes:
        guardians: Identities in ascending order.
        threshold: How many must agree.
        salt: 32 random bytes that keep the guardians from being guessed.
    """

    guardians: tuple[Address, ...]
    threshold: int
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, guardians: Iterable[Address], *, threshold: int) -> GuardianSet:
        """Put guardians into the contract's order, with a fresh salt.

        Args:
            guardians: Identities, checksummed.
            threshold: How many must agree.

        Returns:
            The set; give it, sealed, to every guardian: without it nobody can recover.

        Raises:
            GuardianRefused: One stands in it twice.
            InputError: The threshold is not from 1 to their number.
        """
        # here, as the errors of the contracts name these models
        from salus.errors import GuardianRefused, InputError

        ordered = tuple(sorted(guardians, key=str.lower))
        for one, next_ in pairwise(ordered):
            if one.lower() == next_.lower():
                raise GuardianRefused(guardian=one, reason="it is named twice: name it once")
        if not 1 <= threshold <= len(ordered):
            raise InputError(
                f"{threshold} of {len(ordered)} guardians cannot agree: choose from 1 to all"
            )
        return cls(ordered, threshold, secrets.token_bytes(32))

    @property
    def commitment(self) -> bytes:
        """keccak256(abi.encode(guardians, threshold, salt)), what the chain holds."""
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        types = ["address[]", "uint256", "bytes32"]
        return keccak(encode(types, [list(self.guardians), self.threshold, self.salt]))

    def as_tuple(self) -> tuple[list[Address], int, bytes]:
        """The struct as the contracts take it."""
        return (list(self.guardians), self.threshold, self.salt)


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

    @property
    def exists(self) -> bool:
        """Whether the lot was ever commissioned."""
        return self.quantity > 0

    @property
    def quarantined(self) -> bool:
        """Whether anybody who may has stopped the lot for now."""
        return (
            self.quarantined_by_maker or self.quarantined_by_holder or self.quarantined_by_regulator
        )


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

"""`AnchorRegistry`: checkpoints, its event and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert
from salus.primitives.address import ZERO_BYTES32
from salus.primitives.values import typed


class AnchorTooLarge(NamedRevert):
    """A checkpoint has more leaves than every reader can count."""

    message: ClassVar[str] = (
        "a checkpoint of {size} leaves is larger than {most}, the largest size that every reader"
        " holds exactly: no log is that large, give the number of its leaves"
    )
    size: int
    most: int


class HeadMoved(NamedRevert):
    """The stream's last checkpoint is another one than the caller built on."""

    message: ClassVar[str] = (
        "the stream's last checkpoint is {head}: read it again, rebuild the log on it, then"
        " anchor; never retry blindly"
    )
    head: bytes


class AnchorNotGrowing(NamedRevert):
    """A checkpoint must be larger than the last."""

    message: ClassVar[str] = (
        "the stream has {last_size} leaves, a checkpoint of {size} does not extend it: append"
        " leaves, then anchor"
    )
    last_size: int
    size: int


class AnchorZeroRoot(NamedRevert):
    """A checkpoint needs its root."""

    message: ClassVar[str] = "no log has the root zero: give the Merkle root of the stream's leaves"


@dataclass(frozen=True, slots=True)
class Anchored(Event):
    """A stream moved from checkpoint ``parent`` to one of ``size`` leaves."""

    issuer: str
    stream: bytes
    checkpoint_id: bytes
    parent: bytes
    root: bytes
    size: int


MOST_LEAVES = (1 << 53) - 1
"""Leaves of the largest log, as in `AnchorRegistry`: JSON holds no larger integer exactly."""


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
        from salus.errors import InvalidValue

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

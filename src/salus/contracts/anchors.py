"""`AnchorRegistry`: checkpoints, its event and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert
from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec


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


SPEC = ContractSpec(
    "AnchorRegistry",
    modules=(__name__, SIGNED_ACTS, OPENZEPPELIN),
    given_as="anchors",
    needs=("IdentityRegistry",),
    signed=(
        "Anchor(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,"
        "uint256 deadline)",
    ),
)

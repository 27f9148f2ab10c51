"""Errors of `AnchorRegistry`.

Example:
    >>> print(AnchorNotGrowing(last_size=3, size=3))
    the stream has 3 leaves, a checkpoint of 3 does not extend it: append leaves, then anchor
"""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.reverts import NamedRevert


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

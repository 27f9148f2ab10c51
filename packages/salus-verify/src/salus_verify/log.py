"""Logs: an issuer's streams of leaves, and the checkpoints that `AnchorRegistry` keeps of them.

Example:
    >>> Checkpoint(parent=bytes(32), root=b"r" * 32, size=1).id.hex()[:8]
    'c1891dd5'
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from salus_verify.encoding import keccak
from salus_verify.errors import InputError
from salus_verify.values import LARGEST, octets, whole

MOST_LEAVES = LARGEST
"""Leaves of the largest log, as in `AnchorRegistry`."""


@dataclass(frozen=True, slots=True)
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
        octets(self, "parent", "root", size=32)
        whole(self, "size")

    @classmethod
    def none(cls) -> Checkpoint:
        """What a stream that has no checkpoint yet shows as its last."""
        return cls(bytes(32), bytes(32), 0)

    @property
    def id(self) -> bytes:
        """keccak256(abi.encode(parent, root, size)); zeros for a stream without a checkpoint."""
        if self.size == 0:
            return bytes(32)
        return keccak(self.parent + self.root + self.size.to_bytes(32, "big"))

    def as_tuple(self) -> tuple[bytes, bytes, int]:
        """The struct as the contracts take it."""
        return (self.parent, self.root, self.size)


def stream_id(label: str, number: int = 1) -> bytes:
    """Derive a stream's id: SHA-256 of ``salus/stream/v1/<label>``, and ``/<number>`` from 2 on.

    Args:
        label: A kind of thing, such as ``records``: never people.

    Raises:
        InputError: The label is empty, or ends like a number of another stream.
    """
    if not isinstance(label, str) or type(number) is not int:
        raise InputError("a stream is named by its label, a str, and its number, an int")
    if number < 1:
        raise InputError(f"a stream's number is 1 or more, not {number}")
    if not label:
        raise InputError("a stream needs a label, such as 'records' or 'audit'")
    if re.search(r"/[0-9]+$", label):
        raise InputError(f"the label {label!r} ends with a number: give what stands before it")
    numbered = label if number == 1 else f"{label}/{number}"
    try:
        return hashlib.sha256(f"salus/stream/v1/{numbered}".encode()).digest()
    except UnicodeEncodeError:
        raise InputError(f"the label {label!r} is not Unicode text") from None

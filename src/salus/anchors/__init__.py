"""Append-only logs: streams, their checkpoints on chain, proofs of their leaves.

Example:
    >>> from salus_verify.log import stream_id
    >>> len(stream_id("records"))
    32
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.anchors.store import LogStore

__all__ = [
    "Anchors",
    "LogStore",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "client": "Anchors",
        "store": "LogStore",
    },
)

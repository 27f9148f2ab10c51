"""Append-only logs: streams, their checkpoints on chain, proofs of their leaves.

Example:
    >>> from salus.anchors import stream_id
    >>> len(stream_id("records"))
    32
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.anchors.lines import Line
    from salus.anchors.rebuilding import Rebuilt
    from salus.anchors.store import LogStore
    from salus.anchors.streams import Anchored, Inclusion
    from salus_verify.log import stream_id

__all__ = ["Anchored", "Anchors", "Inclusion", "Line", "LogStore", "Rebuilt", "stream_id"]

__getattr__ = door(
    __name__,
    {
        "client": "Anchors",
        "lines": "Line",
        "rebuilding": "Rebuilt",
        "store": "LogStore",
        "streams": "Anchored Inclusion stream_id",
    },
)

"""The issuer's own copy of its logs: leaves and checkpoints, which the chain holds only a hash of.

Example:
    >>> from salus.logs import LogStore
    >>> store = LogStore.open("memory:")
    >>> store.append("0x…", b"s" * 32, [b"l" * 32])
    1
"""

from __future__ import annotations

from salus.logs.store import LogStore

__all__ = ["LogStore"]

"""Events that name an earlier one: what a node leaves out between two of them shows.

A checkpoint names its parent, a change of an identity the block of the change before. Of other
events, and of the newest of these, the node's word is all there is.

Example:
    >>> import salus
    >>> Links(salus.connect("tester").chain.deployment.contracts).linked
    4
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from salus.chain.abi.catalogue import event_topic
from salus.contracts.anchors.events import Anchored
from salus.contracts.identities.events import (
    DIDAttributeChanged,
    DIDDelegateChanged,
    DIDOwnerChanged,
)
from salus.index.rows import PLACES, LogRow, kind_of, topics_of
from salus_verify.encoding import hex0x, octets_of

if TYPE_CHECKING:
    from salus.chain.deployments.file import DeployedContract
    from salus.contracts.event import Event
    from salus.index.index_store import IndexStore

_ANCHORS, _IDENTITIES = "AnchorRegistry", "IdentityRegistry"
_ANCHORED_TOPICS = 3
"""Issuer, stream and checkpoint, behind the topic that names the event."""
_CHANGES = (DIDOwnerChanged, DIDDelegateChanged, DIDAttributeChanged)


class Links:
    """Looks for what events name."""

    def __init__(self, contracts: Mapping[str, DeployedContract]) -> None:
        anchors = [octets_of(each.address) for n, each in contracts.items() if n == _ANCHORS]
        registry = [octets_of(each.address) for n, each in contracts.items() if n == _IDENTITIES]
        self._anchored = {_kind(each, Anchored): _word(Anchored, "parent") for each in anchors}
        self._changed = {
            _kind(each, event): _word(event, "previous_change")
            for each in registry
            for event in _CHANGES
        }

    @property
    def linked(self) -> int:
        """How many kinds of events name an earlier one."""
        return len(self._anchored) + len(self._changed)

    def missing(self, rows: Sequence[LogRow], file: IndexStore) -> str | None:
        """What an event names that neither stands before it nor in the file; None if nothing."""
        seen: set[tuple[bytes | int, ...]] = set()
        for row in rows:
            kind = row[1]
            if kind not in self._anchored and kind not in self._changed:
                continue
            topics = topics_of(row)
            if kind in self._anchored and len(topics) == _ANCHORED_TOPICS:
                one, two, three = topics
                parent = _at(row, self._anchored[kind], topics=len(topics))
                key = (one, two, parent)
                if any(parent) and key not in seen:
                    if not file.has(kind, key):
                        return f"checkpoint {hex0x(parent)} of stream {hex0x(two)}"
                    seen.add(key)
                seen.add((one, two, three))
            elif kind in self._changed and topics:
                one, block = topics[0], row[0] // PLACES
                before = int.from_bytes(_at(row, self._changed[kind], topics=len(topics)))
                known = not before or (one, before) in seen
                if not known and (before > block or not self._has_change(file, one, before)):
                    return f"what changed at {hex0x(one[-20:])} in block {before}"
                seen.add((one, block))
        return None

    def _has_change(self, file: IndexStore, identity: bytes, block: int) -> bool:
        return any(file.has(each, (identity,), block=block) for each in self._changed)


def _kind(address: bytes, event: type[Event]) -> int:
    return kind_of(address, event_topic(event)[0])


def _word(event: type[Event], name: str) -> int:
    """Which word of an event's data holds a field; each of these events has words alone there."""
    _, described = event_topic(event)
    return [each.name for each in described.parameters if not each.indexed].index(name)


def _at(row: LogRow, word: int, *, topics: int) -> bytes:
    at = 32 + 32 * topics + 32 * word
    return row[5][at : at + 32]

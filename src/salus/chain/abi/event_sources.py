"""Where events that are listed come from: the node, or whatever stands in for it.

Example:
    >>> from salus.chain import connect
    >>> isinstance(NodeEvents(connect("tester").rpc), EventSource)
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

from salus.chain.node.rpc import Rpc
from salus.contracts.event import Event

E = TypeVar("E", bound=Event)


@runtime_checkable
class EventSource(Protocol):
    """What tells of events."""

    def read(
        self,
        address: str,
        event: type[E],
        *,
        first: int,
        last: int | str,
        indexed: Mapping[str, Any],
    ) -> list[E]:
        """Read events of one class that one contract emitted, oldest first."""

    def where(
        self,
        address: str,
        event: type[Event],
        *,
        first: int,
        last: int | str,
        indexed: Mapping[str, Any],
    ) -> list[range] | None:
        """Say in which blocks such events are, oldest first; None where that is not known.

        It is a hint: what stands there is asked of the node, and what is left out here is missing.
        """

    def close(self) -> None:
        """Let go of files."""


class NodeEvents:
    """The events that a node tells of."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def read(
        self,
        address: str,
        event: type[E],
        *,
        first: int,
        last: int | str,
        indexed: Mapping[str, Any],
    ) -> list[E]:
        """Ask the node; see `read_logs`."""
        from salus.chain.abi.logs import read_logs

        return read_logs(self._rpc, address, event, first=first, last=last, indexed=indexed)

    def where(
        self,
        address: str,
        event: type[Event],
        *,
        first: int,
        last: int | str,
        indexed: Mapping[str, Any],
    ) -> list[range] | None:
        """Nobody knows without an index."""
        return None

    def close(self) -> None:
        """Nothing: the connection is another's."""


class EventListing:
    """Where all contracts of a connection list events from: its node, until another is named."""

    def __init__(self, rpc: Rpc) -> None:
        self.source: EventSource = NodeEvents(rpc)

    def close(self) -> None:
        """Let go of files."""
        self.source.close()

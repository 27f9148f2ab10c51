"""How far one's own leaves explain what the chain holds of one's own streams.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.anchors.log.line("records").begun
    0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.anchors.stream_history import explains
from salus.primitives.address import Address
from salus.primitives.merkle import MerkleTree
from salus_verify.log import Checkpoint, stream_id

if TYPE_CHECKING:
    from salus.anchors.sightings import AnchorMemory
    from salus.anchors.store import LogStore
    from salus.anchors.stream_history import StreamHistory
    from salus.anchors.stream_numbers import Line


class Syncing:
    """Compares the log store with the chain, and refuses a node that shows less than was seen."""

    def __init__(self, history: StreamHistory, logs: LogStore, memory: AnchorMemory) -> None:
        self._history, self._logs, self._memory = history, logs, memory

    def own_line(self, who: Address, stream: str) -> Line:
        """Read what stands of one's own stream, from a node that shows all that was seen before."""
        seen = self._memory.seen(who, stream)  # others may write while the node is asked
        line = self._history.line(who, stream)
        # A number of one's own after one that was never begun: readers stop before it.
        unread = sorted({each.number for each in seen if each.number > line.begun})
        shown = [
            each
            for number in unread
            for each in self._history.back(
                who, stream, number, self._history.head(who, stream, number)
            )
        ]
        self._memory.require(seen, who, stream, [*line.everything, *shown])
        return line

    def sync(self, issuer: Address, label: str, number: int) -> tuple[Checkpoint, bool]:
        """The last checkpoint that one's own leaves explain, and whether it is the chain's last."""
        name = stream_id(label, number)
        seen = self._memory.of(issuer, label, number)  # others may write while the node is asked
        head = self._history.head(issuer, label, number)
        known = self._logs.checkpoints(issuer, name)
        if known and known[-1][0].id == head and all(each.id == head for each in seen):
            return known[-1][0], True
        history = self._history.back(issuer, label, number, head) if any(head) else []
        self._memory.require(seen, issuer, label, history)
        if not history:
            return Checkpoint.none(), True
        tree = MerkleTree.of(self._logs.leaves(issuer, name))
        true = [each for each in history if explains(tree, each.checkpoint)]
        explained = history[: history.index(true[-1]) + 1] if true else []
        self._logs.remember(issuer, name, explained, of=history[-1].checkpoint.size)
        if not explained:
            return Checkpoint.none(), False
        last = explained[-1].checkpoint
        self._memory.keep(issuer, label, number, last)
        return last, len(explained) == len(history)

    def reached(self, issuer: Address, label: str, number: int) -> int:
        """How many leaves of a number are anchored, as far as one's own leaves explain the chain.

        What became of a number that ended is remembered: others may have written to it since.
        """
        known = self._logs.checkpoints(issuer, stream_id(label, number))
        if known and number < self._logs.numbers(issuer, label)[-1]:
            return known[-1][0].size
        return self.sync(issuer, label, number)[0].size

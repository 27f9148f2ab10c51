"""Making the file of the logs anew, from what the key store knows and the chain confirms.

Example:
    >>> Rebuilt("0x" + "11" * 20, "records", 1, leaves=3, anchored=2, missing=0).whole
    True
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus import merkle
from salus.acts import checked_address
from salus.anchor_lines import moment
from salus.anchor_proofs import explains
from salus.errors import InputError
from salus.models import Address
from salus.streams import Anchored, stream_id
from salus.values import typed

if TYPE_CHECKING:
    from salus.anchors import Anchors
    from salus.logs import LogStore
    from salus.vault.keystore import KeyStore

LABELS = ("records", "erasures", "emergency-releases", "consents")
"""Streams that the client writes by itself."""


@dataclass(frozen=True, slots=True)
@typed
class Rebuilt:
    """What is known of a stream now.

    Attributes:
        number: Which of its numbers.
        leaves: How many are in the log store.
        anchored: How many of them the chain confirms.
        missing: How many leaves the chain's last checkpoint claims beyond these: whoever has them
            is another writer or a thief, or they are lost.
    """

    issuer: Address
    stream: str
    number: int
    leaves: int
    anchored: int
    missing: int

    @property
    def whole(self) -> bool:
        """Whether the log can be written to."""
        return not self.missing


class Rebuilding:
    """Fills a log store for one chain.

    Args:
        anchors: Whoever reads the chain.
        logs: What to fill; what is in it already and not known elsewhere is kept.
        journal: The key store that knows the leaves.
        chain_id: The chain's id.
    """

    def __init__(
        self, anchors: Anchors, logs: LogStore, journal: KeyStore | None, chain_id: int
    ) -> None:
        self._anchors, self._logs, self._chain_id = anchors, logs, chain_id
        self._journal = journal

    def rebuild(self, issuer: Address) -> tuple[Rebuilt, ...]:
        """See :meth:`salus.anchors.Anchors.rebuild`."""
        journal = self._journal
        if journal is None:
            raise InputError(
                "logs are rebuilt from the key store: set SALUS_STORAGE and SALUS_STATE"
            )
        journaled = [
            (checked_address(who), label) for who, label, _ in journal.logs(self._chain_id)
        ]
        ours = [(issuer, label) for label in (*LABELS, *self._logs.labels(issuer))]
        streams = sorted({*journaled, *ours})
        done = [each for who, label in streams for each in self._one(journal, who, label)]
        for who in {issuer, *(who for who, _ in journaled)}:
            self._logs.mark_compared(who)
        return tuple(done)

    def _one(self, journal: KeyStore, issuer: Address, label: str) -> Iterator[Rebuilt]:
        line = self._anchors.line(issuer, label)
        chain: dict[int, list[Anchored]] = {}
        for each in sorted((*line.standing, *line.disowned), key=moment):
            chain.setdefault(each.number, []).append(each)
        kept = journal.logs(self._chain_id)
        known = {number for who, at, number in kept if (who, at) == (issuer.lower(), label)}
        here = {*self._logs.numbers(issuer, label), *known}
        stands = line.head.number if line.head else 0
        waiting: list[bytes] = []
        for number in sorted(here | set(chain)):
            history = chain.get(number, [])
            there = journal.logged((self._chain_id, issuer, label, number))
            leaves = self._merged(issuer, label, number, history, there)
            if number < max(here):  # what was not anchored there goes along to the newest
                end = _explained(leaves, history)
                leaves, waiting = leaves[:end], waiting + leaves[end:]
            elif number == max(here):
                leaves += [each for each in waiting if each not in leaves]
            if leaves or number in known:
                self._logs.replace(issuer, stream_id(label, number), leaves)
                self._logs.use(issuer, label, number)
            if leaves or history:
                anchored = _explained(leaves, history)
                claimed = history[-1].checkpoint.size if number == stands else 0
                missing = max(claimed - anchored, 0)
                yield Rebuilt(issuer, label, number, len(leaves), anchored, missing)

    def _merged(
        self,
        issuer: Address,
        label: str,
        number: int,
        history: Sequence[Anchored],
        there: Sequence[bytes],
    ) -> list[bytes]:
        """What explains more of the chain comes first; nothing that only the other has is lost."""
        here = self._logs.leaves(issuer, stream_id(label, number))
        best, other = list(here), list(there)
        if _explained(there, history) > _explained(here, history):
            best, other = other, best
        have = set(best)
        return [*best, *(each for each in other if each not in have)]


def _explained(leaves: Sequence[bytes], history: Sequence[Anchored]) -> int:
    """How many of the leaves the chain confirms."""
    tree = merkle.MerkleTree.of(leaves)
    sizes = (each.checkpoint.size for each in history if explains(tree, each.checkpoint))
    return max(sizes, default=0)

"""Many transactions of one account: posted as the node has room for them, followed block by block.

Example:
    >>> from salus.chain import connect
    >>> type(connect("tester").sender.pipeline).__name__
    'Pipeline'
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from salus.chain.errors import ChainUnreachable
from salus.chain.node.rpc import BATCH, Rpc
from salus.chain.sending.acts import SignedTransaction
from salus.chain.sending.errors import (
    NodeFull,
    TransactionDropped,
    TransactionError,
    TransactionPending,
    TransactionReplaced,
    TransactionUnknown,
)
from salus.chain.sending.journal import Journal, give_up
from salus.chain.sending.posting import Posting
from salus.chain.sending.watcher import BlockReceipts, Mined, Watcher
from salus.errors import SalusError

MANY = 8
"""So many transactions are looked for by block: one answer tells of all."""
OnSeen: TypeAlias = Callable[[Iterable[Mined]], None]
_STUCK = (TransactionUnknown, TransactionPending, TransactionDropped)


class Posted:
    """What was signed, in the order of nonces; what the node said; what was seen in blocks since.

    Args:
        since: The latest block before any of it was posted.
        seen: Is given what is seen in blocks, as soon as it is.
    """

    def __init__(self, rpc: Rpc, *, since: int, seen: OnSeen) -> None:
        self._seen = seen
        self.blocks = BlockReceipts(rpc, since=since)
        self.signed: list[SignedTransaction] = []
        self.problems: list[SalusError | None] = []
        self.mined: dict[str, Mined] = {}

    def note(self, found: Mapping[str, Mined]) -> None:
        """Note what was seen in blocks."""
        self.mined |= found
        self._seen(found.values())


class Pipeline:
    """Posts many transactions, and finds out what became of each.

    Args:
        settled: Waits for one of them, for so many seconds or the connection's own.
        outcome: Says what one ended with that is mined.
    """

    def __init__(
        self,
        watcher: Watcher,
        posting: Posting,
        journal: Journal,
        *,
        settled: Callable[[SignedTransaction, float | None], Mined | SalusError],
        outcome: Callable[[SignedTransaction, Mined], Mined | SalusError],
    ) -> None:
        self._watcher, self._posting, self._journal = watcher, posting, journal
        self._settled, self._outcome = settled, outcome

    def post(
        self, posted: Posted, parts: Iterable[Sequence[SignedTransaction]], *, many: int
    ) -> None:
        """Post part by part; blocks are read while the node is busy with the last ones."""

        def meanwhile() -> None:
            if posted.blocks.offered and many >= MANY:
                with suppress(ChainUnreachable):
                    wanted = {one.transaction for one in posted.signed} - posted.mined.keys()
                    posted.note(posted.blocks.look(wanted, until=time.monotonic() + 1))

        def noted() -> Iterator[Sequence[SignedTransaction]]:
            for part in parts:
                posted.signed += part
                self._journal.require_held(part)
                yield part

        posted.problems = self._posting.post_parts(noted(), many=many, meanwhile=meanwhile)

    def outcomes(self, posted: Posted) -> list[Mined | SalusError]:
        """Find out what became of each; what the node had no room for is posted when it has.

        Once the node is silent, or mines no more, none is waited for.
        """
        ends: dict[int, Mined | SalusError] = {}
        told = dict(enumerate(posted.problems))
        room, until = 0, time.monotonic() + self._watcher.timeout
        while True:
            held = self._held(told, posted, ends)
            taken = sorted(at for at, problem in told.items() if problem is None)
            due = [at for at in taken if at < min(held, default=at + 1)]  # others wait for these
            found = self._all_settled(due, posted)
            ends |= found
            if any(isinstance(each, Mined) for each in found.values()):
                until = time.monotonic() + self._watcher.timeout
            stuck = any(isinstance(each, _STUCK) for each in found.values())
            if not held or stuck or time.monotonic() > until:
                break
            room = 2 * room if 0 < room <= len(due) else max(1, len(due))
            if not due:
                time.sleep(self._watcher.longest_pause)
            told = {**dict.fromkeys(sorted(set(taken) - set(due))), **held}
            told |= self._posted_again(list(held), posted, room=room)
        ends |= held
        for at in sorted(set(taken) - set(due)):  # not before those that are held
            ends[at] = self._settled(posted.signed[at], 0.0)
        for at, one in enumerate(posted.signed):
            if isinstance(end := ends[at], SalusError):
                self._journal.let_go([one], end)
        return [ends[at] for at in range(len(posted.signed))]

    def _held(
        self,
        told: Mapping[int, SalusError | None],
        posted: Posted,
        ends: dict[int, Mined | SalusError],
    ) -> dict[int, SalusError]:
        """What waits for room; what is refused ends here."""
        held: dict[int, SalusError] = {}
        for at, problem in told.items():
            if isinstance(problem, NodeFull):
                held[at] = problem
            elif problem is not None:
                give_up(self._journal, posted.signed[at], problem)
                ends[at] = problem
        return held

    def _posted_again(
        self, held: Sequence[int], posted: Posted, *, room: int
    ) -> dict[int, SalusError | None]:
        some = held[:room]
        problems = self._posting.post_all([posted.signed[at] for at in some])
        return dict(zip(some, problems, strict=True))

    def _all_settled(self, places: Sequence[int], posted: Posted) -> dict[int, Mined | SalusError]:
        """Wait for those that the node took."""
        taken = [posted.signed[at] for at in places]
        if len(taken) >= MANY:
            self._follow(taken, posted)
        mined = posted.mined
        self._journal.note_mined([mined[o.transaction] for o in taken if o.transaction in mined])
        ends: dict[int, Mined | SalusError] = {}
        silent: TransactionUnknown | None = None
        timeout: float | None = None
        for at, one in zip(places, taken, strict=True):
            if one.transaction in mined:
                ends[at] = self._outcome(one, mined[one.transaction])
                continue
            if silent is not None:
                ends[at] = one.unknown(url=self._posting.url, reason=silent.reason)
                continue
            ends[at] = end = self._settled(one, timeout)
            silent = end if isinstance(end, TransactionUnknown) else None
            slow = isinstance(end, TransactionError)  # but a replaced one tells nothing of it
            timeout = 0.0 if slow and not isinstance(end, TransactionReplaced) else timeout
        return ends

    def _follow(self, taken: Sequence[SignedTransaction], posted: Posted) -> None:
        """Read blocks until all are mined; what the node forgot meanwhile is handed in again."""
        wanted = {one.transaction: one for one in taken if one.transaction not in posted.mined}
        until = time.monotonic() + self._watcher.timeout
        while wanted:
            found = self._watcher.wait_for_many(wanted, posted.blocks)
            posted.note(found)
            for each in found:
                del wanted[each]
            if found:
                until = time.monotonic() + self._watcher.timeout
            if not posted.blocks.offered or time.monotonic() > until:
                return
            forgotten = self._posting.forgotten(list(wanted.values())[:BATCH])
            if not forgotten or all(self._posting.post_all(forgotten)):
                return

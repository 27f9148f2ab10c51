"""An index: opened, read up to the chain's latest block, asked, and looked at.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> with Index.open("memory:", me.chain) as index:
    ...     added = sum(each.events for each in index.read())
    ...     index.status().events == added
    True
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from salus.chain.abi.event_sources import NodeEvents
from salus.chain.errors import ChainUnreachable
from salus.chain.node.rpc import HttpRpc
from salus.index.errors import IndexUnreadable
from salus.index.index_opening import first_blocks, genesis_of, require_of, store_at
from salus.index.index_store import IndexStore, Origin
from salus.index.links import Links
from salus.index.log_ranges import LogFetcher
from salus.index.notices import BlocksFinal, BlocksUndone, Notice
from salus.index.reading import ChainReader
from salus.index.source import IndexedEvents
from salus.index.webhook_deliveries import Deliveries
from salus.index.webhooks import Webhook
from salus.primitives.address import lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Wait, wait_of
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.chain import Chain

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class IndexStatus:
    """How far an index is, beside its node.

    Attributes:
        url: Where it is.
        first: The first block that it holds the events of.
        block: The last one.
        final: The last one whose events are never taken back.
        events: How many it holds.
        head: The node's latest block.
        head_time: When that was made, Unix seconds.
        agrees: Whether the node shows no other block in the place of one that was read.
    """

    url: str
    first: int
    block: int
    final: int
    events: int
    head: int
    head_time: int
    agrees: bool


class Index:
    """The events of a deployment's contracts, in a file that anybody can make anew."""

    @typed_arguments
    def __init__(self, file: IndexStore, chain: Chain, *, known: int | None = None) -> None:
        """Take a block in which its contracts told of something, if one is known."""
        self._file = file
        deployment = chain.deployment
        self._asking = LogFetcher(chain.rpc, deployment.addresses())
        links = Links(deployment.contracts)
        threads = isinstance(chain.rpc, HttpRpc)  # a foreign provider may be of one thread
        self._reader = ChainReader(
            file, self._asking, links, local=chain.is_local, threads=threads, known=known
        )

    @classmethod
    @typed_arguments
    def open(cls, where: str | Path, chain: Chain, *, make: bool = True) -> Index:
        """Open an index of a chain.

        Args:
            where: A path, ``sqlite:///file``, ``memory:`` or ``postgresql://user@host/database``.
            chain: A connection with its deployment.
            make: Whether to make it where it is missing.

        Returns:
            The index. Close it afterwards, or use it in a ``with``.

        Raises:
            IndexMissing: There is none, and it is not to be made.
            IndexOfAnotherChain: It is of another chain, or of other contracts.
            StorageError: The file cannot be opened, is not an index, or others may write it.
            ChainError: The node does not answer, or there is no deployment.
        """
        file = store_at(where, make=make)
        try:
            wanted = Origin(
                chain.chain_id,
                genesis_of(chain),
                tuple(sorted(map(lower_case, chain.deployment.addresses()))),
            )
            first, known = first_blocks(chain)
            if file.origin() is None:
                file.begin(wanted, first=first or 0)
            require_of(file, wanted)
            if first is not None and file.reached().first > first:
                raise IndexUnreadable(
                    file.url, f"it begins behind block {first}, where contracts are"
                )
            opened = cls(file, chain, known=known)
            opened._name_genesis(wanted.genesis)
            return opened
        except BaseException:
            file.close()
            raise

    def read(self) -> Iterator[Notice]:
        """Read up to the node's latest block; stopped anywhere, it goes on there the next time.

        Returns:
            What was done: `BlocksRead` for blocks that were read, `BlocksUndone` for such as the
            chain took back. All of it is in the file when it is told.

        Raises:
            EventsWithheld: The node leaves out events that others name.
            FinalityBroken: It shows another block in the place of a final one.
            ChainUnreachable: It does not answer, or not sensibly.
            StorageError: The file cannot be written.
        """
        return self._reader.read()

    @typed_arguments
    def follow(self, *, every: Wait = 2.0) -> Iterator[Notice | BlocksFinal]:
        """Read, and go on with what the chain adds, until the caller stops.

        A node that does not answer is asked again. What is told is in the file already; what was
        not told when a process ended is not told again: a webhook is (see `deliveries`).

        Args:
            every: Time between looks at the chain: seconds, or a timedelta.

        Returns:
            As for `read`, and `BlocksFinal` for blocks that are never taken back any more.

        Raises:
            EventsWithheld: As for `read`.
            FinalityBroken: As for `read`.
            StorageError: The file cannot be written.
        """
        final, pause = self._file.reached().final, wait_of(every, name="every")
        while True:
            try:
                for notice in self.read():
                    if isinstance(notice, BlocksUndone):  # of a local chain, final ones too
                        final = min(final, notice.first - 1)
                    yield notice
                    yield from self._became_final(final)
                    final = max(final, self._file.reached().final)
            except ChainUnreachable as problem:
                _log.warning("%s", problem)
            yield from self._became_final(final)
            final = max(final, self._file.reached().final)
            time.sleep(pause)

    @contextmanager
    @typed_arguments
    def lease(self, *, wait: Wait = 0) -> Iterator[None]:
        """Be the only one who reads into the file; who lists from it is not in the way.

        Nothing is doubled without it either: two would ask the node for the same.

        Args:
            wait: Time to wait for another process: seconds or a timedelta, ``math.inf`` for as long
                as it takes.

        Returns:
            What is used in a ``with``.

        Raises:
            IndexInUse: Another process has it all the time.
            StorageUnavailable: The file beside the index cannot be made.
        """
        with self._file.lease(wait_of(wait)):
            yield

    @typed_arguments
    def deliveries(self, webhook: Webhook) -> Deliveries:
        """Tell a webhook what is read from now on; who was named before gets no more.

        Args:
            webhook: Who takes notices.

        Returns:
            What sends them: call its `send` after `read`, in one process.

        Raises:
            NoticesUnreadable: What it was told is sealed with another secret.
        """
        return Deliveries(self._file, webhook, shown=self._hashes)

    def forget_webhook(self) -> bool:
        """Tell nobody from now on.

        Returns:
            Whether somebody was told.
        """
        return self._file.drop_hook()

    @typed_arguments
    def source(self, chain: Chain) -> IndexedEvents:
        """Make what lists events from this index, and of later blocks from the node.

        Args:
            chain: The connection whose contracts list from it.

        Returns:
            The source; closing it closes the index.
        """
        return IndexedEvents(self._file, self._asking, NodeEvents(chain.rpc))

    def status(self) -> IndexStatus:
        """Compare it with the node.

        Returns:
            How far both are.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        reached = self._file.reached()
        head, _, [there] = self._asking.latest_and(max(reached.block, 0))
        return IndexStatus(
            url=self._file.url,
            first=reached.first,
            block=reached.block,
            final=reached.final,
            events=sum(self._file.count().values()),
            head=head.number,
            head_time=head.timestamp,
            agrees=not self._reader.is_fork(reached, head, there),
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        return [None if each is None else each.hash for each in self._asking.headers(numbers)]

    def _name_genesis(self, genesis: bytes) -> None:
        """Write which chain it is of where that was not known, and what was read is this one's."""
        origin, reached = self._file.origin(), self._file.reached()
        if origin is None or origin.genesis or not genesis:
            return
        [there] = self._asking.headers([max(reached.block, 0)])
        if not reached.hash or (there is not None and there.hash == reached.hash):
            self._file.name_genesis(genesis)

    def _became_final(self, before: int) -> Iterator[BlocksFinal]:
        final = self._file.reached().final
        if final > before:
            events = self._file.count_in(first=before + 1, last=final)
            yield BlocksFinal(first=before + 1, last=final, events=events)

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

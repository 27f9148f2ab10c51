"""What the reader asks a node: heads, headers, and logs in ranges that the node answers.

Example:
    >>> import salus
    >>> chain = salus.connect("tester").chain
    >>> asking = LogFetcher(chain.rpc, [])
    >>> asking.headers([0])[0].number
    0
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from salus.chain.errors import AnswerMalformed, NodeBusy, NodeRefused, NodeTooSlow
from salus.chain.node.answers import RpcFailure, count, elements, granted, member, moment, octets
from salus.chain.node.rpc import Rpc
from salus.index.rows import PLACES, Rows
from salus.primitives.address import lower_case
from salus.primitives.values import typed
from salus_verify.encoding import hex0x, octets_of

UNSETTLED = 64
"""Blocks below the latest that may be taken back, where a node names no final block."""
_FIRST_SPAN = 4
"""Blocks of the first range, of which it is not known how many logs they have: few, since there is
nothing to do meanwhile."""
_MOST_SPAN = 1 << 20
_MOST_LOGS = 16_000
"""Logs of one answer, about 16 MB: where one has more, the next range is smaller."""
_REST = 8
"""Answers until a range that was refused is tried again."""
NEAR = 7_200
"""Blocks below the latest that a node may lack and not say so: a day of Ethereum. Above that, what
no log bears out is asked by the blocks' hashes."""
_PAUSES = (0.25, 0.5, 1.0)
"""Seconds until a node is asked again that lacks a block which it, or another one behind the same
URL, has shown."""


@dataclass(frozen=True, slots=True)
@typed
class Header:
    """A block's number, its own hash and its parent's, 32 bytes each, and its time in seconds."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int


class LogFetcher:
    """Asks one node of the logs of some contracts; what it learns of ranges is all threads'."""

    def __init__(self, rpc: Rpc, addresses: Iterable[str]) -> None:
        self._rpc, self.url = rpc, rpc.url
        self._addresses = sorted(map(lower_case, addresses))
        self._span, self._most, self._rest = _FIRST_SPAN, _MOST_SPAN, 0

    def latest_and(self, *numbers: int) -> tuple[Header, int, list[Header | None]]:
        """The latest block, the number of the last final one, and blocks by number.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        tags = ["latest", "finalized", *map(hex, numbers)]
        latest, final, *found = self._rpc.batch([_header_of(each) for each in tags])
        head = _header(granted(latest, url=self.url))
        if head is None:
            raise AnswerMalformed(url=self.url, reason="it has no latest block")
        settled = None if isinstance(final, RpcFailure) else _header(final)
        named = head.number - UNSETTLED if settled is None else min(settled.number, head.number)
        return head, named, [self._numbered(*each) for each in zip(numbers, found, strict=True)]

    def head(self) -> int:
        """The number of the latest block."""
        return count(self._rpc.request("eth_blockNumber"))

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Blocks by number; None where the node has none yet."""
        found = self._rpc.batch([_header_of(hex(each)) for each in numbers])
        return [self._numbered(*each) for each in zip(numbers, found, strict=True)]

    def end_of(self, first: int, last: int) -> int:
        """Where the next range ends that begins with a block."""
        return min(last, first + self._span - 1)

    def range_from(self, first: int, last: int, *, far: int) -> tuple[int, Rows]:
        """The logs of a range that begins with a block, and its end, as far as the node answers.

        A range that it does not answer is halved, as in `salus.chain.abi.logs`; it doubles while
        answers are small. Behind the block ``far`` it ends with its last log, since only who has
        a block tells of a log in it; with ``first - 1`` where there is none.

        Raises:
            ChainUnreachable: The node does not answer, or refuses even one block.
        """
        while True:
            end = self.end_of(first, last)
            try:
                rows = self._range(first, end)
            except (AnswerMalformed, NodeRefused, NodeTooSlow):
                if end == first:
                    raise
                half = max(1, (end - first + 1) // 2)
                self._most, self._span, self._rest = half, half, _REST
                last = first + half - 1  # whatever others learn meanwhile
                continue
            self._adapt(len(rows.rows), size=end - first + 1)
            told = rows.rows[-1][0] // PLACES if rows.rows else first - 1
            sure = min(end, max(far, told))
            rows.hashes = {n: hashed for n, hashed in rows.hashes.items() if n <= sure}
            return sure, rows

    def of_blocks(self, headers: Sequence[Header]) -> tuple[Sequence[Header], Rows] | None:
        """The logs of blocks by their hashes (EIP-234), of as many of them as the node answers for.

        None where one was taken back meanwhile.

        Raises:
            ChainUnreachable: The node does not answer, or refuses even one block.
        """
        pauses = iter(_PAUSES)
        while True:
            try:
                rows = self._of_all(headers)
            except (AnswerMalformed, NodeRefused, NodeTooSlow) as problem:
                if len(headers) > 1:
                    headers = headers[: len(headers) // 2]
                    continue
                pause = next(pauses, None) if isinstance(problem, NodeRefused) else None
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return None if rows is None else (headers, rows)

    def tells_of(self, block: int) -> bool:
        """Whether the node does not say that a block has no logs."""
        try:
            return len(elements(self._last_and_logs(block, block)[1])) > 0
        except NodeRefused:
            return True

    def _of_all(self, headers: Sequence[Header]) -> Rows | None:
        rows = Rows(map(octets_of, self._addresses))
        asked = [{"address": self._addresses, "blockHash": hex0x(each.hash)} for each in headers]
        answers = self._rpc.batch([("eth_getLogs", (each,)) for each in asked])
        for header, answer in zip(headers, answers, strict=True):
            if isinstance(answer, RpcFailure):
                [again] = self.headers([header.number])
                if again == header:  # it is there, and not told of
                    raise answer.refusal(self.url)
                return None
            self._take(rows, answer, header.number, header.number)
            if rows.hashes.get(header.number, header.hash) != header.hash:
                raise AnswerMalformed(url=self.url, reason="a log is of another block")
        return rows

    def _range(self, first: int, last: int) -> Rows:
        """The logs of some blocks, from a node that has the last of them.

        Both are asked in one message: of several nodes behind one URL, one that lags answers with
        fewer logs, and with no error.
        """
        rows = Rows(map(octets_of, self._addresses))
        header, logs = self._last_and_logs(first, last)
        rows.hashes[last] = header.hash
        self._take(rows, logs, first, last)
        return rows

    def _last_and_logs(self, first: int, last: int) -> tuple[Header, Any]:
        asked = [_header_of(hex(last)), self._logs_of(first, last)]
        for pause in (*_PAUSES, None):
            header, logs = self._rpc.batch(asked)
            if not (isinstance(logs, RpcFailure) and logs.limited):
                found = self._numbered(last, header)
                logs = granted(logs, url=self.url)
                if found is not None:
                    return found, logs
            if pause is not None:
                time.sleep(pause)
        granted(logs, url=self.url)
        raise NodeBusy(url=self.url, reason=f"it lacks block {last}, which was there")

    def _logs_of(self, first: int, last: int) -> tuple[str, tuple[Any, ...]]:
        span = {"fromBlock": hex(first), "toBlock": hex(last)}
        return "eth_getLogs", ({"address": self._addresses, **span},)

    def _take(self, rows: Rows, answer: Any, first: int, last: int) -> None:
        try:
            rows.take(answer, first=first, last=last)
        except AnswerMalformed as odd:
            raise AnswerMalformed(url=self.url, reason=odd.reason, words=odd.words) from None

    def _adapt(self, logs: int, *, size: int) -> None:
        """Choose the next range: as many blocks as have enough logs, at most twice as many."""
        self._rest = max(0, self._rest - 1)
        if not self._rest:
            self._most = min(_MOST_SPAN, self._most * 2)
        if size == self._span or logs > _MOST_LOGS:
            fitting = size * _MOST_LOGS // max(1, logs)
            self._span = max(1, min(self._most, size * 2, fitting))

    def _numbered(self, number: int, answer: Any) -> Header | None:
        found = None if isinstance(answer, RpcFailure) else _header(answer)
        if found is not None and found.number != number:
            raise AnswerMalformed(url=self.url, reason="it is another block than was asked for")
        return found


def _header_of(tag: str) -> tuple[str, tuple[Any, ...]]:
    return "eth_getBlockByNumber", (tag, False)


def _header(answer: Any) -> Header | None:
    if answer is None:
        return None
    return Header(
        count(member(answer, "number")),
        octets(member(answer, "hash"), size=32),
        octets(member(answer, "parentHash"), size=32),
        moment(member(answer, "timestamp")),
    )

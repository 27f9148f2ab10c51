"""Waiting for transactions to be mined.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> Watcher(in_process(), local=True, timeout=0).look("0x" + "11" * 32) is None
    True
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from salus.chain.errors import AnswerMalformed, ChainUnreachable
from salus.chain.node.answers import RpcFailure, count, elements, is_of, member, octets, price
from salus.chain.node.development import mines_on_demand
from salus.chain.node.rpc import Rpc
from salus.chain.sending.errors import (
    TransactionDropped,
    TransactionError,
    TransactionPending,
    TransactionReplaced,
    TransactionUnknown,
)
from salus.primitives.collection import uncollected
from salus.primitives.values import typed
from salus_verify.encoding import hex0x

TIMEOUT = 180.0
"""Seconds to wait for a transaction to be mined, by default."""
_RECEIPT = "eth_getTransactionReceipt"
_NUDGE_AFTER = 0.5
"""Seconds after which a local node that mines on demand is asked to mine what it left waiting."""
_NO_PROGRESS = 30.0
"""Seconds without any of many transactions after which each is waited for by itself."""
_MOST_BLOCKS = 1_000
"""Blocks between two looks beyond which each transaction is asked for by itself."""
_SIGHT = 10.0
"""Seconds between two looks whether a transaction that is not mined was replaced."""
_SILENCES = 4
"""How many answers in a row may be missing or odd before its waiting ends."""


@dataclass(frozen=True, slots=True)
@typed
class Mined:
    """A mined transaction, as the node reports it; ``logs`` are raw."""

    hash: str
    succeeded: bool
    block_number: int
    block_hash: str
    gas_used: int
    effective_gas_price: int
    logs: tuple[Any, ...]


def read_receipt(raw: Any, transaction: str) -> Mined:
    """Read a receipt strictly.

    Raises:
        AnswerMalformed: It is another transaction's, or none.
    """
    if octets(member(raw, "transactionHash")) != octets(transaction):
        raise AnswerMalformed(reason="it is the receipt of another transaction")
    status = count(member(raw, "status"))
    if status > 1:
        raise AnswerMalformed(reason=f"a receipt says status {status}")
    return Mined(
        hash=transaction,
        succeeded=status == 1,
        block_number=count(member(raw, "blockNumber")),
        block_hash=hex0x(octets(member(raw, "blockHash"), size=32)),
        gas_used=count(member(raw, "gasUsed")),
        effective_gas_price=price(raw.get("effectiveGasPrice") or 0),
        logs=tuple(elements(member(raw, "logs"))),
    )


def _seen(raw: Any, transaction: str) -> Mined | RpcFailure | None:
    if isinstance(raw, RpcFailure):
        return raw
    if raw is None or (hasattr(raw, "get") and raw.get("blockNumber") is None):
        return None
    return read_receipt(raw, transaction)


class BlockReceipts:
    """All receipts of the blocks that come, one request a block where the node offers that.

    Args:
        since: The latest block before anything that is looked for was sent.
    """

    def __init__(self, rpc: Rpc, *, since: int) -> None:
        self._rpc, self._seen = rpc, since
        self.offered = True

    def look(self, wanted: Collection[str], *, until: float) -> dict[str, Mined]:
        """Read the blocks that came since the last look, up to a time; return what is wanted.

        Raises:
            ChainUnreachable: The node does not answer, or not sensibly.
        """
        found: dict[str, Mined] = {}
        head = count(self._rpc.request("eth_blockNumber"))
        self.offered = self.offered and head - self._seen <= _MOST_BLOCKS
        while self.offered and self._seen < head and time.monotonic() < until:
            found |= self._of_block(self._seen + 1, wanted)
            self._seen += 1
        return found

    def _of_block(self, number: int, wanted: Collection[str]) -> dict[str, Mined]:
        raws = self._rpc.attempt("eth_getBlockReceipts", hex(number))
        if raws is None or isinstance(raws, RpcFailure):
            self.offered = False
            return {}
        named = ((hex0x(octets(member(raw, "transactionHash"))), raw) for raw in elements(raws))
        read = (read_receipt(raw, name) for name, raw in named if name in wanted)
        with uncollected():
            return {each.hash: each for each in read if each.block_number == number}


class Watcher:
    """Looks for receipts: often on a development chain, at ease elsewhere."""

    def __init__(self, rpc: Rpc, *, local: bool, timeout: float) -> None:
        self._rpc, self._local, self._timeout = rpc, local, timeout

    @property
    def timeout(self) -> float:
        """Seconds to wait for one transaction."""
        return self._timeout

    @property
    def longest_pause(self) -> float:
        """Seconds between two looks at a node that is slow to change."""
        return 0.05 if self._local else 2.0

    def wait(
        self,
        transaction: str,
        *,
        sender: str = "",
        nonce: int | None = None,
        timeout: float | None = None,
    ) -> Mined:
        """Wait until a transaction is mined, whether it succeeded or not.

        Where its sender and nonce are known, one that was replaced is found out. ``timeout`` is in
        seconds and defaults to the connection's own.

        Raises:
            TransactionPending: It is not mined in time.
            TransactionReplaced: Another one with its nonce was mined.
            TransactionDropped: The node no longer has it.
            TransactionUnknown: The node went silent, or answers oddly.
        """
        limit = self._timeout if timeout is None else timeout
        started, pause, nudged, sight = time.monotonic(), self._first_pause, 0, _SIGHT
        silence = _Silence(transaction, sender, self._rpc.url)
        while (receipt := self._attempt(transaction, silence)) is None:
            waited = time.monotonic() - started
            if waited > limit:
                silence.end()
                raise self._fate(transaction, sender, nonce, limit)
            if waited > sight:
                sight += _SIGHT
                self._require_not_replaced(transaction, sender, nonce)
            if self._local and waited > _NUDGE_AFTER * 2**nudged:
                nudged += 1
                self._nudge()
            time.sleep(pause)
            pause = min(pause * 1.5, self.longest_pause)
        return receipt

    def wait_for_many(
        self, transactions: Collection[str], blocks: BlockReceipts
    ) -> dict[str, Mined]:
        """Wait for many transactions at once, as long as blocks bring some of them.

        Those that are missing then are to be waited for one by one, which names their fate: the
        node may be silent, or give no receipts by block.
        """
        open_ones = set(transactions)
        found: dict[str, Mined] = {}
        pause, patience = self._first_pause, min(_NO_PROGRESS, self._timeout)
        until = time.monotonic() + patience
        while open_ones and blocks.offered and time.monotonic() < until:
            try:
                came = blocks.look(open_ones, until=until)
            except ChainUnreachable:
                break
            found |= came
            open_ones -= came.keys()
            if came:
                until, pause = time.monotonic() + patience, self._first_pause
            time.sleep(pause if open_ones else 0)
            pause = min(pause * 1.5, self.longest_pause)
        return found

    def look(self, transaction: str) -> Mined | RpcFailure | None:
        """Look once; None while it is not mined, an RpcFailure where the node has trouble.

        Raises:
            ChainUnreachable: The node does not answer, or with a malformed receipt.
        """
        return _seen(self._rpc.attempt(_RECEIPT, transaction), transaction)

    def look_for_many(self, transactions: Sequence[str]) -> dict[str, Mined | RpcFailure | None]:
        """Look once for each, as :meth:`look` does.

        Raises:
            ChainUnreachable: The node does not answer, or with a malformed receipt.
        """
        raws = self._rpc.batch([(_RECEIPT, (each,)) for each in transactions])
        pairs = zip(transactions, raws, strict=True)
        return {transaction: _seen(raw, transaction) for transaction, raw in pairs}

    def knows(self, transaction: str) -> bool:
        """Whether the node has a transaction, mined or not.

        Raises:
            ChainUnreachable: The node does not answer, or has trouble.
        """
        return is_of(self._rpc.request("eth_getTransactionByHash", transaction), transaction)

    def is_used(self, sender: str, nonce: int | None) -> bool:
        """Whether a mined transaction has an account's nonce; not, where the node does not say."""
        if nonce is None or not sender:
            return False
        try:
            used = count(self._rpc.request("eth_getTransactionCount", sender, "latest"))
        except ChainUnreachable:
            return False
        return used > nonce

    @property
    def _first_pause(self) -> float:
        return 0.002 if self._local else 0.25

    def _attempt(self, transaction: str, silence: _Silence) -> Mined | None:
        try:
            receipt = self.look(transaction)
        except ChainUnreachable as error:
            silence.note(error)
            time.sleep(0.05 if self._local else 1.0)
            return None
        if isinstance(receipt, RpcFailure):
            # Nodes that still index their blocks answer like this: it is not the end.
            silence.last = receipt.message
            return None
        silence.broken()
        return receipt

    def _fate(
        self, transaction: str, sender: str, nonce: int | None, limit: float
    ) -> TransactionError:
        """What became of a transaction that was not mined in time."""
        if self._has(transaction):
            return TransactionPending(transaction=transaction, address=sender, seconds=limit)
        if self.is_used(sender, nonce):
            assert nonce is not None  # noqa: S101 - it is used
            return TransactionReplaced(transaction=transaction, address=sender, nonce=nonce)
        return TransactionDropped(transaction=transaction, address=sender)

    def _require_not_replaced(self, transaction: str, sender: str, nonce: int | None) -> None:
        """Twice in a row: behind one URL some nodes are a block ahead of others."""
        for _ in range(2):
            if self._has(transaction) or not self.is_used(sender, nonce):
                return
            time.sleep(self._first_pause * 4)
            if self._has(transaction):
                return
        assert nonce is not None  # noqa: S101 - it is used
        raise TransactionReplaced(transaction=transaction, address=sender, nonce=nonce)

    def _has(self, transaction: str) -> bool:
        """Whether the node has it; where it does not say, it may."""
        try:
            return self.knows(transaction)
        except ChainUnreachable:
            return True

    def _nudge(self) -> None:
        """Mine what a local node left waiting: mining on demand strands pipelined transactions."""
        with suppress(ChainUnreachable):
            if mines_on_demand(self._rpc):
                self._rpc.request("evm_mine")


class _Silence:
    """Counts how often in a row a node did not answer, or oddly."""

    def __init__(self, transaction: str, sender: str, url: str) -> None:
        self._who = {"transaction": transaction, "address": sender, "url": url}
        self._count, self.last = 0, ""

    def note(self, error: ChainUnreachable) -> None:
        self._count, self.last = self._count + 1, reason_of(error)
        if self._count >= _SILENCES:
            self.end()

    def broken(self) -> None:
        self._count, self.last = 0, ""

    def end(self) -> None:
        if self.last:
            raise TransactionUnknown(**self._who, reason=self.last)


def reason_of(error: ChainUnreachable) -> str:
    """What a node did instead of answering, with its words, in one line."""
    said = getattr(error, "words", "")
    return f"{error.reason}: {said}" if said else error.reason

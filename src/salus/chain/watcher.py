"""Waiting for transactions to be mined.

Example:
    >>> from salus.chain.networks import in_process
    >>> from salus.chain.watcher import Watcher
    >>> Watcher(in_process(), local=True, timeout=0).look("0x" + "11" * 32) is None
    True
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from salus.chain.rpc import Rpc, RpcFailure, quantity
from salus.errors import TransactionPending
from salus.values import typed

TIMEOUT = 180.0
"""Seconds to wait for a transaction to be mined, unless told."""
_NUDGE_AFTER = 0.5
"""Seconds after which a local node that mines on demand is asked to mine what it left waiting."""


@dataclass(frozen=True, slots=True)
@typed
class Receipt:
    """A mined transaction, as the node reports it; ``logs`` are raw."""

    hash: str
    succeeded: bool
    block_number: int
    gas_used: int
    effective_gas_price: int
    logs: tuple[Any, ...]


class Watcher:
    """Looks for receipts: often on a development chain, at ease elsewhere.

    Args:
        rpc: The node.
        local: Whether the chain is a development chain.
        timeout: Seconds to wait for each transaction, unless told.
    """

    def __init__(self, rpc: Rpc, *, local: bool, timeout: float) -> None:
        self._rpc, self._local, self._timeout = rpc, local, timeout

    def wait(self, transaction: str, *, sender: str = "", timeout: float | None = None) -> Receipt:
        """Wait until a transaction is mined.

        Args:
            transaction: Its 0x-prefixed hash.
            sender: Who sent it, for the message.
            timeout: Seconds; the connection's own unless told.

        Returns:
            Its receipt, whether it succeeded or not.

        Raises:
            TransactionPending: It is not mined in time.
        """
        limit = self._timeout if timeout is None else timeout
        started, pause, nudged = time.monotonic(), 0.002 if self._local else 0.25, False
        while (receipt := self.look(transaction)) is None:
            waited = time.monotonic() - started
            if waited > limit:
                raise TransactionPending(transaction=transaction, address=sender, seconds=limit)
            if self._local and waited > _NUDGE_AFTER and not nudged:
                nudged = self._nudge()
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05 if self._local else 2.0)
        return receipt

    def look(self, transaction: str) -> Receipt | None:
        """Look for a receipt once.

        Args:
            transaction: Its 0x-prefixed hash.

        Returns:
            The receipt; None while it is not mined.
        """
        try:
            raw = self._rpc.request("eth_getTransactionReceipt", transaction)
        except RpcFailure:
            return None
        if raw is None or raw.get("blockNumber") is None:
            return None
        return Receipt(
            hash=transaction,
            succeeded=quantity(raw["status"]) == 1,
            block_number=quantity(raw["blockNumber"]),
            gas_used=quantity(raw["gasUsed"]),
            effective_gas_price=quantity(raw.get("effectiveGasPrice") or 0),
            logs=tuple(raw["logs"]),
        )

    def _nudge(self) -> bool:
        """Mine what a local node left waiting: mining on demand strands pipelined transactions."""
        for prefix in ("anvil", "hardhat"):
            try:
                if self._rpc.request(f"{prefix}_getAutomine"):
                    self._rpc.request("evm_mine")
            except RpcFailure:
                continue
        return True

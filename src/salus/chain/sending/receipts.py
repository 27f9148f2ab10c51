"""Receipts: what a node says became of a transaction; those of many are read block by block.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> BlockReceipts(in_process(), since=0).look({"0x" + "11" * 32})
    {}
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from salus.chain.errors import AnswerMalformed
from salus.chain.node.answers import RpcFailure, count, elements, member, octets, price
from salus.chain.node.rpc import Rpc
from salus.primitives.values import typed
from salus_verify.encoding import hex0x


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


class BlockReceipts:
    """All receipts of the blocks that come, one request a block where the node offers that.

    Args:
        since: The latest block before anything that is looked for was sent.
    """

    def __init__(self, rpc: Rpc, *, since: int) -> None:
        self._rpc, self._seen = rpc, since
        self.offered = True

    def look(self, wanted: Collection[str]) -> dict[str, Mined]:
        """Read the blocks that came since the last look; return what is wanted of them.

        Raises:
            ChainUnreachable: The node does not answer, or not sensibly.
        """
        found: dict[str, Mined] = {}
        head = count(self._rpc.request("eth_blockNumber"))
        while self.offered and self._seen < head:
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
        return {each.hash: each for each in read if each.block_number == number}

"""What is so deep in the chain that no reorganisation takes it back.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> from salus.chain.sending.journal import Unwritten
    >>> rpc = in_process()
    >>> watcher = Watcher(rpc, local=True, timeout=0)
    >>> Finality(rpc, watcher, Unwritten()).is_used("0x" + "11" * 20, nonce=0)
    False
"""

from __future__ import annotations

from salus.chain.node.answers import RpcFailure, count, member, octets
from salus.chain.node.rpc import Rpc
from salus.chain.sending.journal import Journal
from salus.chain.sending.watcher import Mined, Watcher
from salus_verify.encoding import octets_of


class Finality:
    """Looks whether blocks still stand, as many blocks below the head as the journal asks for."""

    def __init__(self, rpc: Rpc, watcher: Watcher, journal: Journal) -> None:
        self._rpc, self._watcher, self._journal = rpc, watcher, journal

    def settle(self) -> None:
        """Close what is deep enough, and open again what the chain took back.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        waiting = self._journal.unsettled()
        if not waiting:
            return
        last = self._last()
        for each in waiting:
            if not self._stands(each):
                self._look_again(each)
            elif each.block_number <= last:
                self._journal.settle(each, stands=True)

    def is_used(self, sender: str, *, nonce: int) -> bool:
        """Whether a transaction that is deep enough used an account's nonce.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        last = self._last()
        if last < 0:
            return False
        return count(self._rpc.request("eth_getTransactionCount", sender, hex(last))) > nonce

    def _last(self) -> int:
        """The last block that is deep enough."""
        return count(self._rpc.request("eth_blockNumber")) - self._journal.confirmations

    def _stands(self, mined: Mined) -> bool:
        block = self._rpc.request("eth_getBlockByNumber", hex(mined.block_number), False)
        if block is None:
            return False
        return octets(member(block, "hash"), size=32) == octets_of(mined.block_hash)

    def _look_again(self, mined: Mined) -> None:
        """Its block was taken back: it is in another one by now, or waits again."""
        found = self._watcher.look(mined.hash)
        if isinstance(found, RpcFailure):
            return
        if found is None:
            self._journal.settle(mined, stands=False)
        else:
            self._journal.note_mined([found])

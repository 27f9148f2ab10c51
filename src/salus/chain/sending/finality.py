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

from collections.abc import Sequence

from salus.chain.node.answers import RpcFailure, count, member, octets
from salus.chain.node.rpc import Rpc
from salus.chain.sending.journal import Journal
from salus.chain.sending.watcher import Mined, Watcher
from salus_verify.encoding import octets_of


class Finality:
    """Looks for receipts anew: what a journal says of a block is a note, and closes nothing."""

    def __init__(self, rpc: Rpc, watcher: Watcher, journal: Journal) -> None:
        self._rpc, self._watcher, self._journal = rpc, watcher, journal

    def settle(self, sender: str = "") -> None:
        """Close what is deep enough, and open again what the chain took back.

        The account is who acts next: nothing of it leaves where one of its acts was forged.

        Raises:
            ChainUnreachable: The node does not answer.
        """
        waiting = self._journal.unsettled(sender)
        if not waiting:
            return
        last = self._last()
        found = self._watcher.look_for_many([each for act in waiting for each in act])
        for act in waiting:
            self._settle_one(act[0], [found[each] for each in act], last=last)

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

    def _settle_one(
        self, first: str, found: Sequence[Mined | RpcFailure | None], *, last: int
    ) -> None:
        """Note what the receipts of an act's transactions say, of which one can be mined."""
        mined = next((each for each in found if isinstance(each, Mined)), None)
        if mined is not None and mined.block_number <= last and self._stands(mined):
            self._journal.close_mined(mined)
        elif mined is not None:
            self._journal.note_mined([mined])
        elif not any(found):  # no node has trouble: there is none
            self._journal.open_again(first)

    def _stands(self, mined: Mined) -> bool:
        """Whether the chain has the block that a receipt names: nodes behind one URL may differ."""
        block = self._rpc.request("eth_getBlockByNumber", hex(mined.block_number), False)
        if block is None:
            return False
        return octets(member(block, "hash"), size=32) == octets_of(mined.block_hash)

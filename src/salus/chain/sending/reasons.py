"""What a mined transaction failed with: receipts do not say, so the call is asked again.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> Reasons(in_process())
    <salus.chain.sending.reasons.Reasons object at ...>
"""

from __future__ import annotations

from salus.chain.abi.revert import named_revert
from salus.chain.errors import AnswerMalformed, ChainUnreachable
from salus.chain.node.answers import RpcFailure, count, is_of, member, octets, quantity
from salus.chain.node.rpc import Rpc
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.watcher import Mined, reason_of
from salus.contracts.reverts import OutOfGas, RevertedWithoutReason
from salus.errors import ContractError, SalusError


class Reasons:
    """Names why mined transactions failed."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def of(self, receipt: Mined, request: TransactionRequest, sender: str, gas: int) -> SalusError:
        """Find the error that a failed transaction stands for.

        The state before its block is asked first: what the block itself changed afterwards, the
        transaction had not seen.
        """
        if receipt.gas_used >= gas:
            return OutOfGas(transaction=receipt.hash, gas_limit=gas)
        found: SalusError = RevertedWithoutReason(target=request.to)
        for block in (receipt.block_number - 1, receipt.block_number):
            try:
                answer = self._rpc.attempt("eth_call", request.call(sender), hex(max(block, 0)))
            except ChainUnreachable as error:
                found.add_note(f"the node does not say why: {reason_of(error)}")
                break
            if isinstance(answer, RpcFailure):
                named = named_revert(answer, target=request.to)
                if named is not None:
                    found = named
                    break
                found.add_note(f"the node does not say why: {answer.message}")
        if isinstance(found, ContractError):
            found.mined = receipt.hash
        found.add_note(f"transaction {receipt.hash}, block {receipt.block_number}")
        return found

    def of_any(self, receipt: Mined) -> SalusError:
        """Find it for a transaction of which nothing but its receipt is known here.

        Raises:
            ChainUnreachable: The node does not give the transaction.
        """
        raw = self._rpc.request("eth_getTransactionByHash", receipt.hash)
        if not is_of(raw, receipt.hash):
            raise AnswerMalformed(reason="it has a receipt, but not its transaction")
        data = octets(member(raw, "input", "data"))
        value = quantity(member(raw, "value"))
        request = TransactionRequest(str(member(raw, "to")), data, value=value)
        return self.of(receipt, request, str(member(raw, "from")), count(member(raw, "gas")))

"""What a transaction offers to pay for gas, and what it may cost at most.

Example:
    >>> Fees(base=7, tip=2).fields()
    {'type': 2, 'maxFeePerGas': 16, 'maxPriorityFeePerGas': 2}
    >>> Spending(10**16).require(50_000, Fees(base=10**9, tip=10**9))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from salus.chain.errors import AnswerMalformed
from salus.chain.node.answers import RpcFailure, count, price, quantity
from salus.chain.node.rpc import Rpc
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import FeeTooHigh, TransactionTooLarge
from salus.chain.sending.refusals import named_failure
from salus.errors import SalusError
from salus.primitives.values import typed

FALLBACK_TIP = 10**9
"""Wei of priority fee for each gas where the node suggests none."""
GAS_MARGIN = 1.2
"""What is allowed over the estimate: state may change between the two."""
TRANSACTION_GAS = 2**24
"""The most gas of one transaction (EIP-7825)."""
MAX_FEE = 5 * 10**16
"""The most that one transaction costs by default, in wei, outside local chains: 0.05 of the coin.
A revocation stays below it up to about 400 gwei of base fee."""

Ask: TypeAlias = Callable[[int, int], bool]
"""Told a cost and the maximum, in wei: whether to pay all the same."""


@dataclass(frozen=True, slots=True)
@typed
class Fees:
    """Prices in wei for each unit of gas; without a base (before EIP-1559) the tip is all."""

    base: int | None
    tip: int
    block_gas: int = TRANSACTION_GAS
    least: int = 0

    @property
    def ceiling(self) -> int:
        """The most that one gas may cost."""
        return max(self.tip if self.base is None else 2 * self.base + self.tip, self.least)

    def over(self, *, tip: int, ceiling: int) -> Fees:
        """Prices that nodes take in the place of these: more of both, by an eighth at least."""
        tip = max(self.tip, tip * 9 // 8 + 1)
        return replace(self, tip=tip, least=max(self.least, tip, ceiling * 9 // 8 + 1))

    def limit(self, needed: int, *, margin: float = 1.0) -> int:
        """A gas limit: what is needed, and a margin as far as one transaction has room for it."""
        most = min(TRANSACTION_GAS, self.block_gas)
        if needed > most:
            raise TransactionTooLarge(gas=needed, most=most)
        return min(int(needed * margin), most)

    def fields(self) -> dict[str, Any]:
        """EIP-1559's fields, which hold through six full blocks, or ``gasPrice``."""
        if self.base is None:
            return {"gasPrice": self.ceiling}
        return {"type": 2, "maxFeePerGas": self.ceiling, "maxPriorityFeePerGas": self.tip}


def suggest(rpc: Rpc) -> Fees:
    """Ask the node what to pay in the next block.

    Raises:
        ChainUnreachable: The node does not answer.
    """
    block = rpc.request("eth_getBlockByNumber", "latest", False)
    if not isinstance(block, Mapping):
        raise AnswerMalformed(reason="it gives no latest block")
    base, block_gas = block.get("baseFeePerGas"), quantity(block.get("gasLimit", TRANSACTION_GAS))
    if base is None:
        return Fees(None, price(rpc.request("eth_gasPrice")), block_gas)
    told = rpc.attempt("eth_maxPriorityFeePerGas")
    tip = FALLBACK_TIP if isinstance(told, RpcFailure) else price(told)
    return Fees(price(base), tip, block_gas)


@dataclass(slots=True)
class Spending:
    """What one transaction may cost, in wei, None for no maximum; more is asked for, or refused."""

    most: int | None
    ask: Ask | None = None

    def require(self, gas: int, fees: Fees) -> None:
        """Go on only with a transaction that may cost what it may."""
        cost = gas * fees.ceiling
        if self.most is None or cost <= self.most:
            return
        if self.ask is None or not self.ask(cost, self.most):
            raise FeeTooHigh(cost=cost, most=self.most)


class GasLimits:
    """Estimates of a node, with a margin; a request that has a limit of its own keeps it."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def of(self, request: TransactionRequest, sender: str, fees: Fees) -> int:
        """Find the limit of one request.

        Raises:
            ContractError: The contract refuses it.
            TransactionTooLarge: No transaction may use so much.
        """
        if request.gas:
            return fees.limit(request.gas)
        estimate = self._rpc.attempt("eth_estimateGas", request.call(sender))
        if isinstance(estimate, RpcFailure):
            raise self._refused(estimate, request, sender)
        return fees.limit(count(estimate), margin=GAS_MARGIN)

    def of_all(self, requests: Sequence[TransactionRequest], sender: str, fees: Fees) -> list[int]:
        """Find the limits of many requests, each against the state as it is now.

        Raises:
            ContractError: A contract refuses one of them.
        """
        open_ones = [each for each in requests if each.gas is None]
        answers = self._rpc.batch([("eth_estimateGas", (r.call(sender),)) for r in open_ones])
        found = {}
        for request, answer in zip(open_ones, answers, strict=True):
            if isinstance(answer, RpcFailure):
                error = self._refused(answer, request, sender)
                error.add_note(f"call {requests.index(request)} of {len(requests)}; none was sent")
                raise error
            found[id(request)] = fees.limit(count(answer), margin=GAS_MARGIN)
        return [
            fees.limit(request.gas) if request.gas else found[id(request)] for request in requests
        ]

    def _refused(self, failure: RpcFailure, request: TransactionRequest, sender: str) -> SalusError:
        return named_failure(failure, target=request.to, sender=sender, url=self._rpc.url)

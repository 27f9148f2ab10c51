"""What a transaction offers to pay for gas.

Example:
    >>> Fees(base=7, tip=2).fields()
    {'type': 2, 'maxFeePerGas': 16, 'maxPriorityFeePerGas': 2}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from salus.chain.rpc import Rpc, RpcFailure, quantity
from salus.values import typed

FALLBACK_TIP = 10**9
"""Wei of priority fee for each gas where the node suggests none."""


@dataclass(frozen=True, slots=True)
@typed
class Fees:
    """Prices in wei for each unit of gas.

    Attributes:
        base: The last block's base fee; None on a chain before EIP-1559.
        tip: Priority fee, or on such a chain the whole price.
    """

    base: int | None
    tip: int

    @property
    def ceiling(self) -> int:
        """The most that one gas may cost."""
        return self.tip if self.base is None else 2 * self.base + self.tip

    def fields(self) -> dict[str, Any]:
        """Give the transaction's fields.

        Returns:
            EIP-1559 fields that hold through six full blocks, or ``gasPrice``.
        """
        if self.base is None:
            return {"gasPrice": self.tip}
        return {"type": 2, "maxFeePerGas": self.ceiling, "maxPriorityFeePerGas": self.tip}


def suggest(rpc: Rpc) -> Fees:
    """Ask the node what to pay.

    Args:
        rpc: The node.

    Returns:
        Fees for the next block.

    Raises:
        ChainUnreachable: The node does not answer.
    """
    block = rpc.request("eth_getBlockByNumber", "latest", False)
    base = block.get("baseFeePerGas")
    if base is None:
        return Fees(None, quantity(rpc.request("eth_gasPrice")))
    try:
        tip = quantity(rpc.request("eth_maxPriorityFeePerGas"))
    except RpcFailure:
        tip = FALLBACK_TIP
    return Fees(quantity(base), tip)

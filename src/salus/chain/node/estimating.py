"""How much gas a transaction needs in process: two runs, where py-evm's own search takes fifteen.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> from salus.chain.node.development import development_address
    >>> payer, payee = development_address(0), development_address(1)
    >>> in_process().request("eth_estimateGas", {"from": payer, "to": payee, "value": "0x1"})
    21000
"""

from __future__ import annotations

from typing import Any


def estimate_gas(state: Any, transaction: Any) -> int:
    """Run with a whole block's gas, then with what that took; search only if that fails.

    An inner call gets at most 63 of 64 parts of what is left, so a few transactions need more
    than they use.

    Raises:
        VMError: It fails with all the gas of a block.
    """
    from eth.estimators.gas import binary_gas_search_intrinsic_tolerance as search

    whole = _run(state, transaction, state.gas_limit)
    whole.raise_if_error()
    used: int = transaction.intrinsic_gas + whole.get_gas_used()
    for gas in (used, used + used // 16):
        if not _run(state, transaction, gas).is_error:
            return gas
    found: int = search(state, transaction)
    return found


def _run(state: Any, transaction: Any, gas: int) -> Any:
    from eth.vm.spoof import SpoofTransaction

    before = state.snapshot()
    try:
        return state.apply_transaction(SpoofTransaction(transaction, gas=gas, gas_price=0))
    finally:
        state.revert(before)

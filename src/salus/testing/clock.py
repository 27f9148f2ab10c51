"""The time of a local chain, which tests move.

Example:
    >>> from salus.chain import connect
    >>> chain = connect("tester")
    >>> before = chain.now()
    >>> advance(chain, 60) - before
    60
"""

from __future__ import annotations

from salus.chain.chain import Chain
from salus.chain.node.rpc import HttpRpc


def advance(chain: Chain, seconds: int) -> int:
    """Let time pass on a local chain, and mine a block.

    Args:
        chain: A connection to the in-process chain, anvil or Hardhat.
        seconds: How much.

    Returns:
        The chain's time afterwards, Unix seconds.
    """
    rpc = chain.rpc
    if isinstance(rpc, HttpRpc):
        rpc.request("evm_increaseTime", hex(seconds))
        rpc.request("evm_mine")
    else:
        rpc.request("testing_timeTravel", chain.now() + seconds)
        rpc.request("evm_mine", 1)
    return chain.now()

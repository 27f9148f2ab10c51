"""A node that shows a chain as it was at an earlier block: put back, catching up, or lying."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from salus.chain import Chain

WHOLE, ANCHORS, HEADS = "a node that is behind", "one that hides anchors", "one that hides heads"


@contextmanager
def behind(chain: Chain, block: int, how: str = WHOLE) -> Iterator[None]:
    """Let the chain's node show less, in all that it answers or of anchored logs alone."""
    honest = chain.rpc.attempt
    registry = chain.contract("AnchorRegistry").address.lower()

    def whole(method: str, *params: Any) -> Any:
        if method == "eth_blockNumber":
            return block
        return honest(method, *(hex(block) if each == "latest" else each for each in params))

    def anchors(method: str, *params: Any) -> Any:
        about = params[0] if params and isinstance(params[0], dict) else {}
        if method == "eth_call" and about["to"].lower() == registry:
            return honest(method, about, hex(block))
        if how == ANCHORS and method == "eth_getLogs" and about["address"].lower() == registry:
            first, last = int(about["fromBlock"], 16), int(about["toBlock"], 16)
            shown = {**about, "toBlock": hex(min(last, block))}
            return honest(method, shown) if first <= block else []
        return honest(method, *params)

    chain.rpc.attempt = whole if how == WHOLE else anchors  # type: ignore[method-assign]
    try:
        yield
    finally:
        del chain.rpc.attempt

"""A node that no longer serves what old contracts emitted; state stays."""

from __future__ import annotations

import pytest

from salus.chain import Chain
from salus.testing import advance


def forget(chain: Chain, monkeypatch: pytest.MonkeyPatch, *contracts: str) -> None:
    forgotten = {chain.contract(name).address.lower() for name in contracts}
    ask, until = chain.rpc.attempt, chain.block().number

    def attempt(method: str, *params):  # type: ignore[no-untyped-def]
        answer = ask(method, *params)
        if method != "eth_getLogs" or params[0]["address"].lower() not in forgotten:
            return answer
        return [each for each in answer if hex_or_int(each["blockNumber"]) > until]

    monkeypatch.setattr(chain.rpc, "attempt", attempt)
    advance(chain, 12)


def hex_or_int(number: str | int) -> int:
    return number if isinstance(number, int) else int(number, 16)

"""The in-process chain, reached like any other node.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> in_process().request("eth_chainId")
    131277322940537
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from salus.chain.errors import ConnectionClosed
from salus.chain.node.answers import RpcFailure, granted
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from web3 import Web3

_NONE = frozenset({"BlockNotFound", "TransactionNotFound"})
"""What web3 raises where nodes answer null."""
_BYTES_REPR = re.compile(r"""b(['"]).*\1""", re.DOTALL)


class TesterRpc:
    """An in-process chain: eth-tester over py-evm, through web3's provider."""

    url, loopback = "the in-process chain", True

    def __init__(self, web3: Web3, *, caller: str) -> None:
        self._web3, self._caller, self._open = web3, caller, True
        self._lock = Lock()  # py-evm is not safe for several threads

    def request(self, method: str, *params: Any) -> Any:
        """Ask once; see `Rpc`.

        Raises:
            NodeRefused: The chain refuses.
        """
        return granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning; numbers are integers."""
        if not self._open:
            raise ConnectionClosed(url=self.url)
        if method == "eth_call":
            params = ({"from": self._caller, **params[0]}, *params[1:])
        with self._lock:
            try:
                if method == "eth_getLogs":
                    return self._logs(*params)
                return self._web3.manager.request_blocking(method, list(params))  # type: ignore[arg-type]
            except Exception as error:
                if type(error).__name__ in _NONE:
                    return None
                return RpcFailure(_text(error), data=raw_revert(error))

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things, one after the other; see `Rpc`."""
        return [self.attempt(method, *params) for method, params in requests]

    def web3(self) -> Web3:
        """The web3 client that this was made of."""
        return self._web3

    def close(self) -> None:
        """Ask nothing more: whatever holds the chain goes on with another connection."""
        self._open = False

    def _logs(self, query: dict[str, Any]) -> list[Any]:
        """Read logs from blocks whose bloom filter may hold them: the others take ms each."""
        provider: Any = self._web3.provider
        chain = provider.ethereum_tester.backend.chain
        if "blockHash" in query:  # EIP-234, which it does not know
            asked = self._web3.manager.request_blocking(
                "eth_getBlockByHash",  # type: ignore[arg-type]
                [query["blockHash"], False],
            )
            first = last = int(asked["number"])
            query = {name: value for name, value in query.items() if name != "blockHash"}
        else:
            first, last = (int(query[side], 16) for side in ("fromBlock", "toBlock"))
        found: list[Any] = []
        for number in range(first, min(last, chain.get_block().number - 1) + 1):
            if _may_hold(chain.get_canonical_block_header_by_number(number).bloom, query):
                here = {**query, "fromBlock": hex(number), "toBlock": hex(number)}
                found += self._web3.manager.request_blocking("eth_getLogs", [here])  # type: ignore[arg-type]
        return found


def raw_revert(error: BaseException | None) -> bytes | None:
    """Find a revert's bytes: in a wrapped exception when estimating, as their repr in calls."""
    while error is not None:
        first = error.args[0] if error.args else None
        inner = first.args[0] if isinstance(first, Exception) and first.args else first
        if isinstance(inner, bytes):
            return inner
        if isinstance(inner, str) and _BYTES_REPR.fullmatch(inner):
            return bytes(literal_eval(inner))
        error = error.__context__
    return None


def _may_hold(bloom: int, query: dict[str, Any]) -> bool:
    from eth_bloom.bloom import BloomFilter

    held, where = BloomFilter(bloom), query["address"]
    addresses = where if isinstance(where, list) else [where]
    wanted = [each for each in query.get("topics", ()) if each is not None]
    return any(octets_of(each) in held for each in addresses) and all(
        octets_of(each) in held for each in wanted
    )


def _text(error: Exception) -> str:
    return f"{error}" or type(error).__name__

"""A web3 client over a connection of ours: web3 never learns the node's URL, so it cannot log it.

Example:
    >>> from salus.chain.node.rpc import HttpRpc
    >>> client(HttpRpc("http://127.0.0.1:1")).provider
    <salus.chain.node.provider.RpcProvider object at ...>
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, cast

from web3 import Web3
from web3._utils.encoding import Web3JsonEncoder
from web3.providers.base import JSONBaseProvider

from salus.chain.node.answers import RpcFailure
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from web3.types import RPCEndpoint, RPCResponse


class Asks(Protocol):
    """What a connection of ours is asked by: `salus.chain.node.rpc.Rpc` is one."""

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once; a refusal is given as an RpcFailure."""


class RpcProvider(JSONBaseProvider):
    """Asks through a connection that reads strictly and shows no credentials."""

    def __init__(self, rpc: Asks) -> None:
        super().__init__()
        self._rpc = rpc

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Ask once; the answer is JSON-RPC, as web3 wants it."""
        plain = json.loads(json.dumps(params, cls=Web3JsonEncoder))
        found = self._rpc.attempt(method, *plain)
        answer = {"result": found}
        if isinstance(found, RpcFailure):
            data = None if found.data is None else hex0x(found.data)
            answer = {"error": {"code": -32000, "message": found.message, "data": data}}
        return cast("RPCResponse", {"jsonrpc": "2.0", "id": 0, **answer})


def client(rpc: Asks) -> Web3:
    """Make a web3 client that asks through a connection of ours."""
    return Web3(RpcProvider(rpc))

"""Two nodes: one is asked, and what it says is compared with the other's answer.

Compared is what a chain has one answer for: its id, blocks, receipts, logs, and what contracts
said at a block. What is asked of the latest block is asked of that block by its number, at both.
Prices, estimates and what waits to be mined are each node's own.

Example:
    >>> WhenUnchecked("warn")
    <WhenUnchecked.WARN: 'warn'>
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from salus.chain.errors import ChainUnreachable, NodesDiffer, NodeUnchecked
from salus.chain.node.answers import RpcFailure, granted, quantity
from salus.chain.node.rpc import Rpc

if TYPE_CHECKING:
    from web3 import Web3

_log = logging.getLogger(__name__)
_AT = {
    "eth_call": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_getStorageAt": 2,
    "eth_getProof": 2,
    "eth_getBlockByNumber": 0,
    "eth_getBlockReceipts": 0,
}
"""Where these say which block they are about."""
_WHAT = {
    "eth_chainId": "the chain's id",
    "eth_getBlockByNumber": "a block",
    "eth_getBlockByHash": "a block",
    "eth_getBlockReceipts": "the receipts of a block",
    "eth_getTransactionReceipt": "the receipt of a transaction",
    "eth_getLogs": "events",
}
_BLOCK = ("hash", "parentHash", "number", "timestamp", "stateRoot", "receiptsRoot", "logsBloom")
_RECEIPT = ("transactionHash", "blockHash", "blockNumber", "status", "gasUsed", "logs")
_LOG = ("address", "topics", "data", "blockNumber", "blockHash", "transactionHash", "logIndex")
_NUMBERS = frozenset({"number", "timestamp", "blockNumber", "status", "gasUsed", "logIndex"})
_NOT_YET = re.compile(r"unknown block|not found|not yet|out of ?range|beyond|future", re.IGNORECASE)
"""How nodes refuse a block that they do not have yet."""
_PAUSE = 0.25
PATIENCE = 15.0
"""Seconds for which a node may be behind the other."""
APART = 3
"""Blocks by which the heads of two nodes may differ at one moment."""


class WhenUnchecked(StrEnum):
    """What is done where the second node does not answer."""

    REFUSE = "refuse"
    WARN = "warn"


class CheckedRpc:
    """A node whose answers are compared with another's; see `Rpc`.

    Args:
        asked: Whose answers are given.
        other: Whose answers they are compared with.
        unchecked: What is done where it does not answer.
        patience: Seconds for which it may be behind.
    """

    def __init__(
        self,
        asked: Rpc,
        other: Rpc,
        *,
        unchecked: WhenUnchecked = WhenUnchecked.REFUSE,
        patience: float = PATIENCE,
    ) -> None:
        self._asked, self._other, self._unchecked = asked, other, unchecked
        self._patience = patience
        self.url, self.loopback = asked.url, asked.loopback
        self._warned = False

    def __repr__(self) -> str:
        return f"CheckedRpc({self._asked!r}, {self._other!r})"

    def request(self, method: str, *params: Any) -> Any:
        """Ask once; see `Rpc`.

        Raises:
            NodesDiffer: The second node says something else.
            NodeUnchecked: It does not answer.
        """
        return granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning; see `Rpc`."""
        return self.batch([(method, params)])[0]

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things; see `Rpc`."""
        pinned = self._pinned(requests)
        answers = self._ask(self._asked, pinned)
        for at, (method, _) in enumerate(pinned):
            if method == "eth_blockNumber" and not isinstance(answers[at], RpcFailure):
                answers[at] = self._same_head(answers[at])
        places = [at for at, each in enumerate(pinned) if _is_one_answer(*each)]
        asked = [pinned[at] for at in places]
        others = self._others(asked, [answers[at] for at in places])
        for at, other in zip(places, others, strict=True):
            if other is _NONE or _is_refused(answers[at]):
                continue
            if _is_refused(other):
                answers[at] = self._unless_let_pass(other, answers[at])
                continue
            if answers[at] is None and other is not None:
                answers[at] = self._once_there(pinned[at])
            self._require_same(pinned[at], answers[at], other)
        return answers

    def web3(self) -> Web3:
        """Make a web3 client that asks through both."""
        from salus.chain.node.provider import client

        return client(self)

    def close(self) -> None:
        """Close the connections to both."""
        self._asked.close()
        self._other.close()

    def _ask(self, rpc: Rpc, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        if len(requests) == 1:
            method, params = requests[0]
            return [rpc.attempt(method, *params)]
        return rpc.batch(requests) if requests else []

    def _pinned(
        self, requests: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> list[tuple[str, tuple[Any, ...]]]:
        """Name the block that is the latest now where one asks for the latest."""
        head: str | None = None
        pinned = list(requests)
        for at, (method, params) in enumerate(requests):
            place = 0 if method == "eth_getLogs" else _AT.get(method)
            if place is None or not _is_latest(method, params, place):
                continue
            if head is None:
                head = self._same_head(self._asked.attempt("eth_blockNumber"))
            named = {**params[0], "toBlock": head} if method == "eth_getLogs" else head
            pinned[at] = (method, (*params[:place], named, *params[place + 1 :]))
        return pinned

    def _others(
        self, requests: Sequence[tuple[str, tuple[Any, ...]]], answers: Sequence[Any]
    ) -> list[Any]:
        """What the other node says, once it is as far; nothing where that is let pass."""
        if not requests:
            return []
        until = time.monotonic() + self._patience
        while True:
            try:
                found = self._ask(self._other, requests)
            except ChainUnreachable as silence:
                return self._let_pass(silence, len(requests))
            self._warned = False
            behind = any(
                _is_behind(answer, other) for answer, other in zip(answers, found, strict=True)
            )
            if not behind or time.monotonic() > until:
                return found
            time.sleep(_PAUSE)

    def _once_there(self, request: tuple[str, tuple[Any, ...]]) -> Any:
        """Ask again for what the other node has already, such as a receipt."""
        until = time.monotonic() + self._patience
        while (found := self._asked.attempt(request[0], *request[1])) is None:
            if time.monotonic() > until:
                break
            time.sleep(_PAUSE)
        return found

    def _let_pass(self, silence: ChainUnreachable, many: int) -> list[Any]:
        if self._unchecked is WhenUnchecked.REFUSE:
            raise NodeUnchecked(url=self._other.url, reason=silence.reason) from None
        if not self._warned:
            _log.warning("answers of %s are compared with nothing: %s", self.url, silence)
        self._warned = True
        return [_NONE] * many

    def _unless_let_pass(self, refused: RpcFailure, answer: Any) -> Any:
        """What the other node would not answer, a range too wide for it say, is nobody's answer."""
        if self._unchecked is WhenUnchecked.REFUSE:
            whose = f"{self._other.url}, whose answers are compared, refuses"
            return replace(refused, message=f"{whose}: {refused.message}")
        self._let_pass(refused.refusal(self._other.url), 1)
        return answer

    def _require_same(self, request: tuple[str, tuple[Any, ...]], one: Any, other: Any) -> None:
        method, params = request
        if _compared(method, one) != _compared(method, other):
            what = _WHAT.get(method, "what a contract or an account is")
            raise self._differ(f"{what} ({_shown(params)})" if params else what)

    def _same_head(self, head: Any) -> Any:
        """Have both nodes know the same chain, and neither be far behind."""
        until = time.monotonic() + self._patience
        while True:
            one = quantity(granted(head, url=self.url))
            try:
                other = self._other.attempt("eth_blockNumber")
                two = quantity(granted(other, url=self._other.url))
            except ChainUnreachable as silence:
                self._let_pass(silence, 1)
                return head
            late = time.monotonic() > until
            if abs(one - two) <= APART:
                try:
                    self.batch([("eth_getBlockByNumber", (hex(min(one, two)), False))])
                except NodesDiffer:  # a fork of a block or two, which ends by itself
                    if late:
                        raise
                else:
                    return head
            elif late:
                raise self._differ(f"the head: block {one} and block {two}")
            time.sleep(_PAUSE)
            head = self._asked.attempt("eth_blockNumber")

    def _differ(self, what: str) -> NodesDiffer:
        return NodesDiffer(url=self.url, other=self._other.url, what=what)


_NONE = object()


def _is_latest(method: str, params: Sequence[Any], place: int) -> bool:
    if method == "eth_getLogs":
        limits = params[0] if params and isinstance(params[0], Mapping) else {"blockHash": ""}
        return "blockHash" not in limits and limits.get("toBlock", "latest") == "latest"
    return bool(_tag(params, place) == "latest")


def _tag(params: Sequence[Any], place: int) -> Any:
    return params[place] if place < len(params) else "latest"


def _is_one_answer(method: str, params: Sequence[Any]) -> bool:
    """Whether a chain has one answer for a question, whatever node is asked."""
    if method == "eth_getLogs":
        limits = params[0] if params and isinstance(params[0], Mapping) else {}
        named = (limits.get("toBlock"), limits.get("fromBlock"))
        return "blockHash" in limits or all(str(each).startswith("0x") for each in named)
    if (place := _AT.get(method)) is not None:
        return place < len(params) and _tag(params, place) not in ("pending", "safe", "finalized")
    return method in _WHAT


def _is_behind(one: Any, other: Any) -> bool:
    """Whether the other node may say the same a little later."""
    if one is None or isinstance(one, RpcFailure):
        return False
    return other is None or (isinstance(other, RpcFailure) and other.says(_NOT_YET))


def _is_refused(answer: Any) -> bool:
    """Whether a node would not answer; a contract that refuses is an answer."""
    return isinstance(answer, RpcFailure) and not answer.ran


def _compared(method: str, answer: Any) -> Any:
    """What of an answer is the chain's: nodes add fields of their own, and spell hex as they do."""
    if isinstance(answer, RpcFailure):
        return ("refused", answer.data)
    if method.startswith("eth_getBlockBy"):
        return _fields(answer, _BLOCK)
    if method == "eth_getTransactionReceipt":
        return _fields(answer, _RECEIPT)
    if method == "eth_getBlockReceipts":
        return [_fields(each, _RECEIPT) for each in answer or ()]
    if method == "eth_getLogs":
        return [_fields(each, _LOG) for each in answer or ()]
    if method in ("eth_getBalance", "eth_getTransactionCount", "eth_chainId", "eth_getStorageAt"):
        return _number(answer)
    return _plain(answer)


def _fields(answer: Any, names: Sequence[str]) -> Any:
    if not isinstance(answer, Mapping):
        return answer
    return {name: _field(name, answer.get(name)) for name in names}


def _field(name: str, value: Any) -> Any:
    if name == "logs" and isinstance(value, Sequence) and not isinstance(value, str):
        return [_fields(each, _LOG) for each in value]
    return _number(value) if name in _NUMBERS else _plain(value)


def _number(value: Any) -> Any:
    try:
        return int(str(value), 16)
    except ValueError:
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_plain(each) for each in value]
    return value


def _shown(params: Sequence[Any]) -> str:
    """Which block, transaction or contract it is about, in a few words."""
    first = params[0]
    if isinstance(first, Mapping):
        first = first.get("to") or first.get("address") or first.get("blockHash")
    at = next((each for each in params[1:] if isinstance(each, str)), None)
    return str(first)[:80] if at is None else f"{str(first)[:80]} at block {at[:20]}"

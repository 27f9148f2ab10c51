"""What a lying node says: each lie is told how to ask the real one.

Example:
    >>> lost_before(lambda: {"result": "0x1"}) is CUT
    True
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from salus.primitives.values import typed

AskNode: TypeAlias = Callable[[], Any]
"""Asks the real node, and gives the whole reply, a JSON-RPC object."""


@dataclass(frozen=True, slots=True)
@typed
class Http:
    """An HTTP answer instead of a JSON-RPC reply; so many bytes are announced and never come."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0


CUT = Http(0)
"""No answer: the connection ends."""
Lie: TypeAlias = Callable[[AskNode], Any]
"""Told how to ask the real node; gives the reply instead, an :class:`Http`, or :data:`CUT`."""

# Lies about any method ------------------------------------------------------------------------


def lost_before(ask: AskNode) -> Any:
    """The connection ends before the node hears anything."""
    return CUT


def lost_after(ask: AskNode) -> Any:
    """The node hears, and acts; its answer is lost."""
    ask()
    return CUT


def silent_after(ask: AskNode) -> Any:
    """The node acts, and says nothing for longer than anybody waits."""
    ask()
    time.sleep(3)
    return CUT


def error_after(ask: AskNode) -> Any:
    """The node acts; a gateway answers with an error of its own."""
    return {**_blank(ask()), "error": {"code": -32603, "message": "gateway: internal mishap"}}


def error_as_text(ask: AskNode) -> Any:
    """The node acts; the error is a bare text."""
    return {**_blank(ask()), "error": "quota of plan used up"}


def nonce_too_low(ask: AskNode) -> Any:
    """The node acts; the gateway asks it twice, and passes the second answer on."""
    return {**_blank(ask()), "error": {"code": -32000, "message": "nonce too low"}}


def refused(ask: AskNode) -> Any:
    """A gateway refuses on its own; the node hears nothing."""
    return {"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": "policy: not today"}}


def null(ask: AskNode) -> Any:
    """The node acts; the result is null."""
    return {**_blank(ask()), "result": None}


def nothing(ask: AskNode) -> Any:
    """The node acts; the reply has neither a result nor an error."""
    return _blank(ask())


def of_another_request(ask: AskNode) -> Any:
    """A true answer under another request's id."""
    return {**ask(), "id": 4711}


def a_number(ask: AskNode) -> Any:
    """The node acts; what comes is JSON and no JSON-RPC."""
    ask()
    return 7


def web_page(ask: AskNode) -> Any:
    """The node acts; a proxy answers with a page."""
    ask()
    return Http(200, b"<html><h1>It works</h1></html>", {"Content-Type": "text/html"})


def xml_as_json(ask: AskNode) -> Any:
    """The node acts; XML comes that calls itself JSON."""
    ask()
    return Http(200, b"<?xml version='1.0'?><fault/>", {"Content-Type": "application/json"})


def redirected(ask: AskNode) -> Any:
    """Another place is named; whoever follows hands over what it holds."""
    return Http(307, b"", {"Location": "http://127.0.0.1:1/elsewhere?key=sesame"})


def bad_gateway(ask: AskNode) -> Any:
    """The node acts; its gateway answers 502."""
    ask()
    return Http(502, b"upstream reset", {"Content-Type": "text/plain"})


def busy(ask: AskNode) -> Any:
    """Too many requests, in words of JSON; to be asked again at once."""
    body = {"jsonrpc": "2.0", "id": 0, "error": {"code": 429, "message": "slow down, please"}}
    return Http(429, json.dumps(body).encode(), {"Retry-After": "0"})


def busy_in_text(ask: AskNode) -> Any:
    """Too many requests, in plain words; to be asked again at once."""
    return Http(429, b"slow down, please", {"Retry-After": "0", "Content-Type": "text/plain"})


def broken_inside(ask: AskNode) -> Any:
    """The node acts, and breaks before it answers."""
    ask()
    return Http(500, b"internal error", {"Content-Type": "text/plain"})


def half_a_body(ask: AskNode) -> Any:
    """The node acts; the connection ends in the middle of its answer."""
    whole = json.dumps(ask(), default=str).encode()
    sent = whole[: len(whole) // 2]
    kind = {"Content-Type": "application/json"}
    return Http(200, sent, kind, missing=len(whole) - len(sent))


def late(ask: AskNode) -> Any:
    """The node acts; its answer takes a while."""
    reply = ask()
    time.sleep(0.2)
    return reply


def asked_twice(ask: AskNode) -> Any:
    """A gateway asks twice, and passes the second answer on."""
    ask()
    return ask()


def of_another_chain(ask: AskNode) -> Any:
    """A node of another chain answers: about its id."""
    return {**_blank(ask()), "result": "0x539"}


def behind(ask: AskNode) -> Any:
    """A node that is two behind answers with a count: of blocks, or of transactions."""
    reply = ask()
    return {**reply, "result": hex(max(0, int(str(reply["result"]), 16) - 2))}


def at_random(chance: Random, *among: Lie, rate: float) -> Lie:
    """Tell one of these lies about some questions, and the truth about all others.

    Args:
        chance: Draws; the same seed gives the same lies to the same questions.
        among: The lies.
        rate: How many of the questions, from 0 to 1.

    Returns:
        A lie like any other.
    """

    def lie(ask: AskNode) -> Any:
        return chance.choice(among)(ask) if chance.random() < rate else ask()

    return lie


def interrupted_before(ask: AskNode) -> Any:
    """Somebody presses Ctrl-C; the node hears nothing."""
    _press_ctrl_c()
    return CUT


def interrupted_after(ask: AskNode) -> Any:
    """The node acts; somebody presses Ctrl-C while the answer is awaited."""
    ask()
    _press_ctrl_c()
    return CUT


# Lies about receipts and logs -----------------------------------------------------------------


def without_status(ask: AskNode) -> Any:
    """A receipt that does not say whether its transaction succeeded."""
    return _changed(ask(), lambda receipt: receipt.pop("status", None))


def of_another_transaction(ask: AskNode) -> Any:
    """Another transaction's receipt."""
    return _changed(ask(), lambda receipt: receipt.update(transactionHash="0x" + "77" * 32))


def logs_of_another(ask: AskNode) -> Any:
    """Logs of a contract that was not asked for."""
    reply = ask()
    for log in reply.get("result") or []:
        log["address"] = "0x" + "66" * 20
    return reply


def too_large(ask: AskNode) -> Any:
    """What a proxy says of an answer that it will not carry."""
    body = {"jsonrpc": "2.0", "id": 0}
    error = {"code": -32020, "message": "backend response too large"}
    return Http(500, json.dumps({**body, "error": error}).encode())


# Lies about batches ---------------------------------------------------------------------------


def batch_doubled(ask: AskNode) -> Any:
    """One request of a batch is answered twice, another not at all."""
    replies = ask()
    return [*replies[:-1], replies[0]]


def batch_cut(ask: AskNode) -> Any:
    """The last request of a batch is not answered."""
    return ask()[:-1]


def batch_with_null(ask: AskNode) -> Any:
    """Null stands for a reply of a batch."""
    return [*ask()[:-1], None]


def batch_without_ids(ask: AskNode) -> Any:
    """The replies of a batch do not say what they answer."""
    return [{**each, "id": None} for each in ask()]


def batch_reordered(ask: AskNode) -> Any:
    """The replies of a batch come in another order, as they may."""
    return ask()[::-1]


def _blank(reply: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": reply["id"]}


def _changed(reply: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    if isinstance(reply.get("result"), dict):
        change(reply["result"])
    return reply


def _press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)  # whoever waits for the answer is interrupted while it still waits

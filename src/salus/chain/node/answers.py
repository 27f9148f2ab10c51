"""The one strict reader of what nodes answer: whatever is odd is one line with the node's words.

Example:
    >>> reply({"jsonrpc": "2.0", "id": 0, "result": "0x1"}, number=0, url="http://node")
    '0x1'
    >>> reply({"jsonrpc": "2.0", "id": 0, "error": "quota used up"}, number=0, url="http://node")
    RpcFailure(message='quota used up', data=None, mined=None, limited=False)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from salus.chain.errors import AnswerMalformed, NodeBusy, NodeRefused
from salus.chain.node.urls import scrub
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed
from salus_verify.encoding import octets_of

WORDS = 300
"""Characters of a node's words that are repeated."""
_LOOKED_AT = 1 << 16
"""Characters of them that are looked at."""
COUNT = 2**53 - 1
"""The largest number that every reader of JSON takes for itself."""
MOMENT = 253_402_300_799
"""The last second of the year 9999."""
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_OCTETS = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_RAN = re.compile("revert", re.IGNORECASE)
"""How nodes say that a contract ended a call: what else they say then may be the contract's."""
_REVERTED = 3
"""The code of a revert (execution-apis)."""
_LIMITED = re.compile(
    r"rate.?limit|too many requests|requests? (per|/) ?(second|minute)|throttl|compute units",
    re.IGNORECASE,
)


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class RpcFailure:
    """A node answered a request with an error: a value to look at, which nobody can let fly.

    Attributes:
        message: What the node said, fit to be shown: without credentials, and not long.
        data: What the call reverted with; None when it did not revert, or the node does not say.
        mined: Hash of the transaction that the node mined although it answers with an error.
        limited: Whether it says that it is asked too often.
        heard: What it said as it came, to be looked at by :meth:`says` and never shown; empty where
            that is the message.
    """

    message: str
    data: bytes | None = None
    mined: str | None = None
    limited: bool = False
    heard: str = field(default="", repr=False, compare=False)

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether words are in what it said: a part of a URL that is hidden may be one of them."""
        return bool(pattern.search(self.heard or self.message))

    @property
    def ran(self) -> bool:
        """Whether a contract ended the call: then its words may be in the message."""
        return bool(self.data) or self.says(_RAN)

    def refusal(self, url: str) -> NodeRefused | NodeBusy:
        """The error to raise, where the node had no reason of a contract's to refuse."""
        kind = NodeBusy if self.limited else NodeRefused
        return kind(url=url, reason=self.message)


def granted(answer: Any, *, url: str) -> Any:
    """Go on only with an answer that is not a failure.

    Raises:
        NodeRefused: It is a failure.
        NodeBusy: It is one, since the node is asked too often.
    """
    if isinstance(answer, RpcFailure):
        raise answer.refusal(url)
    return answer


def reply(raw: Any, *, number: int, url: str) -> Any:
    """Read the reply to the request of this number: the result, or the failure that it reports."""
    if not isinstance(raw, dict) or not ("result" in raw or "error" in raw):
        raise AnswerMalformed(url=url, reason="it is not JSON-RPC", words=words(raw))
    if raw.get("error") is not None:
        return _failure(raw["error"])
    if "result" not in raw:
        raise AnswerMalformed(url=url, reason="it has neither a result nor an error")
    if type(raw.get("id")) is not int or raw["id"] != number:
        raise AnswerMalformed(url=url, reason="it answers another request")
    return raw["result"]


def replies(raw: Any, *, count: int, url: str) -> list[Any] | RpcFailure:
    """Read the replies to a batch whose requests were numbered from zero.

    They come in the order of the requests, an RpcFailure where one failed; or one RpcFailure, of
    the batch as a whole.
    """
    if isinstance(raw, dict) and raw.get("error") is not None:
        return _failure(raw["error"])
    if not isinstance(raw, list):
        raise AnswerMalformed(url=url, reason="it does not answer a batch", words=words(raw))
    by_number: dict[int, Any] = {}
    for each in raw:
        number = each.get("id") if isinstance(each, dict) else None
        if type(number) is not int or not 0 <= number < count:
            reason = "a reply of a batch answers no request"
            raise AnswerMalformed(url=url, reason=reason, words=words(each))
        if number in by_number:
            raise AnswerMalformed(url=url, reason="a request of a batch is answered twice")
        by_number[number] = each
    if len(by_number) < count:
        raise AnswerMalformed(url=url, reason="requests of a batch are not answered")
    return [reply(by_number[number], number=number, url=url) for number in range(count)]


def quantity(value: Any, *, most: int = 2**256 - 1) -> int:
    """Read a number of a node's answer, which is hex over HTTP and an integer in process."""
    number = value
    if isinstance(value, str) and _HEX.fullmatch(value):
        number = int(value, 16)
    if type(number) is not int or number < 0:
        reason = "it is not a number where there should be one"
        raise AnswerMalformed(reason=reason, words=words(value))
    if number > most:
        reason = f"a number is too large: {number.bit_length()} bits"
        raise AnswerMalformed(reason=reason)
    return number


def count(value: Any) -> int:
    """Read a number of things: blocks, transactions, gas. More than JSON can hold there are not."""
    return quantity(value, most=COUNT)


def price(value: Any) -> int:
    """Read wei for each gas: no coin has so many that a price fills 128 bits."""
    return quantity(value, most=2**128 - 1)


def moment(value: Any) -> int:
    """Read a time in Unix seconds, up to the year 9999: calendars end there."""
    return quantity(value, most=MOMENT)


def octets(value: Any, *, size: int | None = None) -> bytes:
    """Read bytes of a node's answer, which are hex over HTTP and bytes in process."""
    found = value
    if isinstance(value, str) and value[:2] == "0x":
        try:
            plain = octets_of(value)
        except ValueError:
            plain = b""
        found = plain if 2 * len(plain) + 2 == len(value) else value  # else it holds spaces
    if isinstance(found, bytes) and size in (None, len(found)):
        return bytes(found)
    raise AnswerMalformed(reason="it is not bytes where there should be some", words=words(value))


def member(value: Any, *names: str) -> Any:
    """Read a member of an object in a node's answer: the first of the names that it has."""
    if type(value) is not dict and not isinstance(value, Mapping):
        raise AnswerMalformed(reason=f"it has no {names[0]}", words=words(value))
    for name in names:
        if value.get(name) is not None:
            return value[name]
    raise AnswerMalformed(reason=f"it has no {names[0]}")


def elements(value: Any) -> Sequence[Any]:
    """Read a list in a node's answer."""
    if isinstance(value, (list, tuple)):
        return value
    raise AnswerMalformed(reason="it is not a list where there should be one", words=words(value))


def is_of(value: Any, transaction: str) -> bool:
    """Whether ``eth_getTransactionByHash`` gave this transaction; False when it gave none."""
    if value is None:
        return False
    if octets(member(value, "hash")) != octets(transaction):
        raise AnswerMalformed(reason="it is another transaction")
    return True


def words(value: Any) -> str:
    """What a node said, however it said it, in one line of at most :data:`WORDS` characters."""
    return _printable(scrub(_said(value))[:WORDS])


def _said(value: Any) -> str:
    if isinstance(value, dict):
        said = value.get("error") or value.get("message") or value
        said = said.get("message") or said if isinstance(said, dict) else said
    else:
        said = value
    text = said if isinstance(said, str) else json.dumps(said, default=str)
    return " ".join(text.split())


def _printable(text: str) -> str:
    """A node chooses its words: neither a terminal nor an encoder may trip over them."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _failure(error: Any) -> RpcFailure:
    details = error.get("data") if isinstance(error, dict) else None
    # Hardhat wraps what anvil and geth give directly, and names the transaction it mined.
    wrapped = details if isinstance(details, dict) else {"data": details}
    code = error.get("code") if isinstance(error, dict) else None
    mined = wrapped.get("txHash")
    failure = RpcFailure(
        words(error) or "no message",
        data=_revert(wrapped.get("data")),
        mined=mined if isinstance(mined, str) else None,
        heard=_said(error)[:_LOOKED_AT],
    )
    # Any contract may revert with a node's words: only a node that ran nothing is busy.
    own = code != _REVERTED and not failure.ran
    return replace(failure, limited=own and (code == 429 or failure.says(_LIMITED)))


def _revert(value: Any) -> bytes | None:
    """A revert's bytes; some nodes put words beside or instead of them."""
    if isinstance(value, str) and _OCTETS.fullmatch(value):
        return octets_of(value)
    return None

"""Keys held behind JSON-RPC: ``eth_signTransaction`` of signing proxies, and clef's own names.

Such a service sees each field of a transaction and each value of a message, and may ask a person.

Example:
    >>> CLEF.sign_transaction, ETH.sign_typed_data
    ('account_signTransaction', 'eth_signTypedData')
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from salus.chain.signing.errors import (
    SignerAnswerMalformed,
    SignerDeclined,
    SignerLacksKey,
    SignerRefused,
)
from salus.chain.signing.signer_http import SignerHttp
from salus.errors import InputError
from salus.primitives.address import checked_address
from salus.primitives.values import typed
from salus_verify.encoding import hex0x

_EXACT = 2**53
"""Integers from here on are written as decimal text: not every reader of JSON keeps them."""
DENIED = "request denied"
"""What clef says, in its own words, when its person does not agree (code -32000)."""


@dataclass(frozen=True, slots=True)
@typed
class Dialect:
    """What a kind of service calls its functions.

    Attributes:
        accounts: Lists its accounts.
        sign_transaction: Takes a transaction's fields.
        sign_typed_data: Takes an address and an EIP-712 message.
        text: Whether that message is a text of JSON.
        timeout: Seconds that a whole answer may take.
    """

    accounts: str
    sign_transaction: str
    sign_typed_data: str
    text: bool
    timeout: float


ETH = Dialect("eth_accounts", "eth_signTransaction", "eth_signTypedData", text=True, timeout=30.0)
"""Web3Signer's JSON-RPC interface, and other signing proxies'."""
CLEF = Dialect(
    "account_list", "account_signTransaction", "account_signTypedData", text=False, timeout=300.0
)
"""go-ethereum's clef, whose person reads what is signed."""


class RpcSigner:
    """An account whose key such a service holds; what it signs is checked by `Account.of`.

    Args:
        http: The service.
        dialect: What it calls its functions.
        address: Which of its keys; may be left out where it holds one, which it is asked for then.
    """

    def __init__(self, http: SignerHttp, dialect: Dialect, address: str | None = None) -> None:
        self._http, self._dialect, self._numbers = http, dialect, count(1)
        self.address = self._only() if address is None else address

    def sign_transaction(self, transaction: dict[str, Any]) -> str:
        """Have a transaction signed: the raw transaction as hex."""
        fields = {name: _field(value) for name, value in transaction.items() if name != "type"}
        made = self._request(self._dialect.sign_transaction, {"from": self.address, **fields})
        raw = made.get("raw") if isinstance(made, dict) else made
        return self._text(raw, "it is not a transaction")

    def sign_typed_data(self, full_message: dict[str, Any]) -> str:
        """Have an EIP-712 message signed: r, s and v as hex."""
        message = _plain(full_message)
        told = json.dumps(message) if self._dialect.text else message
        made = self._request(self._dialect.sign_typed_data, self.address, told)
        return self._text(made, "it is not a signature")

    def _only(self) -> str:
        listed = self._request(self._dialect.accounts)
        if not isinstance(listed, list):
            raise SignerAnswerMalformed(url=self._http.url, reason="it lists no accounts")
        named = [each.get("address") if isinstance(each, dict) else each for each in listed]
        try:
            found = tuple(str(checked_address(str(each))) for each in named)
        except InputError:
            raise SignerAnswerMalformed(url=self._http.url, reason="it lists no accounts") from None
        if len(found) != 1:
            raise SignerLacksKey(url=self._http.url, wanted=None, holds=found)
        return found[0]

    def _text(self, value: Any, otherwise: str) -> str:
        if not isinstance(value, str):
            raise SignerAnswerMalformed(url=self._http.url, reason=otherwise)
        return value

    def _request(self, method: str, *params: Any) -> Any:
        number = next(self._numbers)
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
        answer = self._http.json(self._http.post("", asked))
        if not isinstance(answer, dict) or answer.get("id") != number:
            raise SignerAnswerMalformed(url=self._http.url, reason="it answers another question")
        if (error := answer.get("error")) is not None:
            self._refuse(error)
        return answer.get("result")

    def _refuse(self, error: Any) -> None:
        code = error.get("code") if isinstance(error, dict) else None
        said = str(error.get("message", "")) if isinstance(error, dict) else ""
        if DENIED in said.lower():
            raise SignerDeclined(url=self._http.url)
        known = code if type(code) is int else "none"
        raise SignerRefused(url=self._http.url, reason=f"JSON-RPC error {known}")


def _field(value: Any) -> Any:
    """A transaction's field as JSON-RPC has it."""
    if isinstance(value, int):
        return hex(value)
    return hex0x(bytes(value)) if isinstance(value, bytes | bytearray) else value


def _plain(value: Any) -> Any:
    """A value of a message as JSON has it, exactly."""
    if isinstance(value, bytes | bytearray):
        return hex0x(bytes(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value

"""Keys held by Web3Signer: its REST interface for secp256k1 (``/api/v1/eth1``).

The service hashes what it is given (keccak256) and signs it, so that it gets the very bytes of a
transaction or of an EIP-712 message, and its rules can read them.

Example:
    >>> Web3Signer.__name__
    'Web3Signer'
"""

from __future__ import annotations

import re
from typing import Any

from salus.chain.abi.eip712 import encoded
from salus.chain.signing.errors import SignerAnswerMalformed, SignerLacksKey
from salus.chain.signing.raw_transactions import signed_content
from salus.chain.signing.signer_http import SignerHttp
from salus_verify.address import checksummed
from salus_verify.encoding import hex0x, keccak, octets_of

TIMEOUT = 30.0
"""Seconds that a whole answer may take: no person is asked."""
_SIGNATURE = re.compile(rb"0x[0-9a-fA-F]{130}")
_KEY = re.compile(r"(?:0x)?(?:04)?([0-9a-fA-F]{128})")


class Web3Signer:
    """An account whose key Web3Signer holds; what it signs is checked by `Account.of`.

    Args:
        http: The service.
        address: Which of its keys; may be left out where it holds one.
    """

    def __init__(self, http: SignerHttp, address: str | None = None) -> None:
        self._http = http
        keys = self._keys()
        if address is None and len(keys) == 1:
            address = next(iter(keys))
        if address not in keys:
            raise SignerLacksKey(url=http.url, wanted=address, holds=tuple(keys))
        self.address, self._identifier = address, keys[address]

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Have a transaction signed: the raw transaction."""
        return signed_content(transaction, self._vrs)

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Have an EIP-712 message signed: r, s and v."""
        return self._sign(encoded(full_message))

    def _keys(self) -> dict[str, str]:
        """The service's identifiers by address."""
        listed = self._http.json(self._http.get("/api/v1/eth1/publicKeys"))
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise SignerAnswerMalformed(url=self._http.url, reason="it lists no public keys")
        found: dict[str, str] = {}
        for each in listed:
            key = _KEY.fullmatch(each)
            if key is None:
                raise SignerAnswerMalformed(url=self._http.url, reason="it lists no public keys")
            found[checksummed(keccak(bytes.fromhex(key[1]))[-20:])] = each
        return found

    def _sign(self, content: bytes) -> bytes:
        path = f"/api/v1/eth1/sign/{self._identifier}"
        answer = self._http.post(path, {"data": hex0x(content)}).strip()
        if not _SIGNATURE.fullmatch(answer):
            raise SignerAnswerMalformed(url=self._http.url, reason="it is not a signature")
        return octets_of(answer.decode())

    def _vrs(self, content: bytes) -> tuple[int, int, int]:
        made = self._sign(content)
        v = made[64] - 27 if made[64] >= 27 else made[64]
        if v not in (0, 1):
            raise SignerAnswerMalformed(url=self._http.url, reason="its v is neither 27 nor 28")
        return v, int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big")

"""Signing services on loopback: Web3Signer's two interfaces and clef's, honest or lying.

A real one signs with coincurve; ours does, and what it takes apart it takes apart with eth_account:
nothing of Salus is used on that side.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import Any

import rlp
from coincurve import PrivateKey
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NUMBERS = ("nonce", "gas", "value", "chainId", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")


@dataclass
class Service:
    """What a signing service holds, saw, and is told to do wrong.

    Attributes:
        keys: The private keys that it holds.
        changes: Fields of transactions, and of the domain of messages, that it signs differently;
            without those that are None.
        signs_with: The key that it uses instead of the one it is asked for.
        high_s: Whether it gives the other spelling of each signature.
        status: What it answers instead of 200.
        location: Where it redirects to.
        body: What it answers instead of a signature.
        denies: Whether clef's person says no.
        waits: Seconds before it answers.
        signs: How many times it signs before it is down; None without end.
        seen: What it was asked: path, headers, body.
    """

    keys: list[bytes]
    changes: dict[str, Any] = field(default_factory=dict)
    signs_with: bytes | None = None
    high_s: bool = False
    status: int = 200
    location: str | None = None
    body: str | None = None
    denies: bool = False
    waits: float = 0.0
    signs: int | None = None
    seen: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""

    def public_keys(self) -> list[str]:
        return [
            "0x" + PrivateKey(key).public_key.format(compressed=False)[1:].hex()
            for key in self.keys
        ]

    def addresses(self) -> list[str]:
        return [str(EthAccount.from_key(key).address) for key in self.keys]

    def sign(self, content: bytes, key: bytes) -> bytes:
        """The REST interface: keccak256, then r, s and v."""
        made = PrivateKey(self.signs_with or key).sign_recoverable(keccak(content), hasher=None)
        return self._spelled(made[:64] + bytes([27 + made[64]]))

    def _spelled(self, made: bytes) -> bytes:
        if not self.high_s:
            return made
        other = (ORDER - int.from_bytes(made[32:64], "big")).to_bytes(32, "big")
        return made[:32] + other + bytes([55 - made[64]])

    def sign_transaction(self, asked: dict[str, Any]) -> str:
        fields = {n: int(v, 16) if n in NUMBERS else v for n, v in asked.items() if n != "from"}
        key = self.signs_with or self._key_of(asked["from"])
        wanted = {n: v for n, v in {**fields, **self.changes}.items() if v is not None}
        raw = bytes(EthAccount.from_key(key).sign_transaction(wanted).raw_transaction)
        return "0x" + (_with_high_s(raw) if self.high_s else raw).hex()

    def sign_typed_data(self, address: str, message: dict[str, Any]) -> str:
        changed = {**message, "domain": {**message["domain"], **self.changes}}
        signable = encode_typed_data(full_message=changed)
        made = EthAccount.from_key(self.signs_with or self._key_of(address)).sign_message(signable)
        return "0x" + self._spelled(bytes(made.signature)).hex()

    def _key_of(self, address: str) -> bytes:
        return dict(zip(self.addresses(), self.keys, strict=True))[address]


def _with_high_s(raw: bytes) -> bytes:
    """The other spelling of a transaction's signature, which recovers to the same key."""
    *values, v, r, s = rlp.decode(raw[1:])
    flipped = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    return raw[:1] + rlp.encode([*values, b"" if v else b"\1", r, flipped])


class _Refused(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def do_GET(self) -> None:
        self.service.seen.append((self.path, dict(self.headers), None))
        if self.path.partition("?")[0] == "/api/v1/eth1/publicKeys":
            self._answer(200, json.dumps(self.service.public_keys()))
        else:
            self._answer(404, "")

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.service.seen.append((self.path, dict(self.headers), told))
        time.sleep(self.service.waits)
        if self.service.signs is not None:
            self.service.signs -= 1
        down = self.service.signs is not None and self.service.signs < 0
        if self.service.status != 200 or down:
            status = 503 if down else self.service.status
            self._answer(status, "key 0xabcdef is locked")
        elif self.service.body is not None:
            self._answer(200, self.service.body)
        elif self.path.startswith("/api/v1/eth1/sign/"):
            self._rest(
                self.path.partition("?")[0].rpartition("/")[2], bytes.fromhex(told["data"][2:])
            )
        else:
            self._rpc(told)

    def _rest(self, identifier: str, content: bytes) -> None:
        keys = dict(zip(self.service.public_keys(), self.service.keys, strict=True))
        if identifier not in keys:
            self._answer(404, "")
        else:
            self._answer(200, "0x" + self.service.sign(content, keys[identifier]).hex())

    def _rpc(self, told: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": told["id"]}
        try:
            answer["result"] = self._result(told["method"], told["params"])
        except _Refused:
            answer["error"] = {"code": -32000, "message": "Request denied"}
        except KeyError:
            answer["error"] = {"code": -32000, "message": "SIGNING_FROM_IS_NOT_AN_UNLOCKED_ACCOUNT"}
        self._answer(200, json.dumps(answer))

    def _result(self, method: str, params: list[Any]) -> Any:
        if self.service.denies:
            raise _Refused
        if method == "eth_accounts":
            return [each.lower() for each in self.service.addresses()]
        if method == "account_list":
            return [{"address": each, "type": "account"} for each in self.service.addresses()]
        if method == "eth_signTransaction":
            return self.service.sign_transaction(params[0])
        if method == "account_signTransaction":
            return {"raw": self.service.sign_transaction(params[0]), "tx": {}}
        message = json.loads(params[1]) if method == "eth_signTypedData" else params[1]
        return self.service.sign_typed_data(params[0], message)

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        if self.service.location:
            self.send_header("Location", self.service.location)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def signing_service(*keys: bytes, tls: SSLContext | None = None) -> Iterator[Service]:
    """Run a service that holds these keys; it ends with the block."""
    service = Service(list(keys))
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # who is not let in
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Safes on a local node, made of the contracts that npm brings (LGPL; for tests alone)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from web3.logs import DISCARD

from salus.chain import Account, Chain, development_account

BUILT = Path(__file__).parents[2] / "node_modules/@safe-global/safe-contracts/build/artifacts"
NOBODY = "0x" + "00" * 20


@cache
def artifact(path: str) -> dict[str, Any]:
    file = BUILT / "contracts" / path
    if not file.exists():
        pytest.skip("the Safe's contracts are not installed: make setup")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


class SafeFactory:
    """Makes Safes, from the node's own first account."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self._sender = chain, development_account(0).address
        self._singleton = self._deploy("Safe.sol/Safe.json")
        self._handler = self._deploy(
            "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json"
        )
        self._proxies = self._deploy("proxies/SafeProxyFactory.sol/SafeProxyFactory.json")
        self._made = 0

    def make(self, owners: Sequence[str], threshold: int) -> str:
        """Make a Safe; return where it stands."""
        setup = self._singleton.encode_abi(
            "setup",
            args=[owners, threshold, NOBODY, b"", self._handler.address, NOBODY, 0, NOBODY],
        )
        self._made += 1
        call = self._proxies.functions.createProxyWithNonce(
            self._singleton.address, setup, self._made
        )
        receipt = self._mined(call.transact({"from": self._sender}))
        (made,) = self._proxies.events.ProxyCreation().process_receipt(receipt, errors=DISCARD)
        return str(made["args"]["proxy"])

    def _deploy(self, path: str) -> Any:
        found, web3 = artifact(path), self._chain.web3
        contract = web3.eth.contract(abi=found["abi"], bytecode=found["bytecode"])
        receipt = self._mined(contract.constructor().transact({"from": self._sender}))
        return web3.eth.contract(address=receipt["contractAddress"], abi=found["abi"])

    def _mined(self, transaction: Any) -> Any:
        return self._chain.web3.eth.wait_for_transaction_receipt(transaction, poll_latency=0.05)


def safe_message(chain: Chain, safe: str, content: bytes) -> dict[str, Any]:
    """What the owners of a Safe sign where it is itself an owner (ERC-1271)."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SafeMessage": [{"name": "message", "type": "bytes"}],
        },
        "primaryType": "SafeMessage",
        "domain": {"chainId": chain.chain_id, "verifyingContract": safe},
        "message": {"message": content},
    }


def in_order(accounts: Sequence[Account]) -> list[Account]:
    """Accounts in the ascending order of their addresses."""
    return sorted(accounts, key=lambda each: each.address.lower())

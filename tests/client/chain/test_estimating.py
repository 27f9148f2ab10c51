"""Gas in process: few runs, always enough, and refusals as they are."""

from __future__ import annotations

from typing import Any

import pytest

from salus.chain import development_account
from salus.chain.node import estimating
from salus.chain.node.answers import RpcFailure
from salus.chain.node.networks import in_process
from salus.chain.node.rpc import Rpc

CALLS_ITSELF = bytes.fromhex(
    "36 601b 57 6000 6000 6001 6000 6000 30 5a f1 6019 57 6000 6000 fd 5b 00"
    "5b 62040000 6000 20 50 00"  # that call: it has input, and hashes 256 KiB
)
"""Calls itself with all the gas that is left, and reverts unless that call had enough."""
REVERTS = bytes.fromhex("602a60005260206000fd")


PAYER, PAYEE = development_account(0), development_account(1)


@pytest.fixture
def rpc() -> Rpc:
    return in_process()


def send(rpc: Rpc, **transaction: object) -> dict[str, Any]:
    """Send what needs no estimate, and give the receipt."""
    whole = {"value": 0, "gasPrice": 10**10, "chainId": rpc.request("eth_chainId")}
    nonce = rpc.request("eth_getTransactionCount", PAYER.address, "latest")
    signed = PAYER._key.account.sign_transaction({**whole, "nonce": nonce, **transaction})
    sent = rpc.request("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
    return rpc.request("eth_getTransactionReceipt", sent)


def deployed(rpc: Rpc, code: bytes) -> str:
    """The address of a contract of this code."""
    size = len(code)
    creation = bytes([0x60, size, 0x60, 12, 0x60, 0, 0x39, 0x60, size, 0x60, 0, 0xF3]) + code
    return send(rpc, data=creation, gas=500_000)["contractAddress"]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The gas of every run."""
    counted: list[int] = []
    run = estimating._run

    def count(state: object, transaction: object, gas: int) -> object:
        counted.append(gas)
        return run(state, transaction, gas)

    monkeypatch.setattr(estimating, "_run", count)
    return counted


def test_two_runs_tell_what_a_transfer_takes(rpc: Rpc, runs: list[int]) -> None:
    call = {"from": PAYER.address, "to": PAYEE.address, "value": "0x1"}
    assert rpc.request("eth_estimateGas", call) == 21_000
    assert len(runs) == 2


def test_what_an_inner_call_is_not_given_is_added(rpc: Rpc, runs: list[int]) -> None:
    contract = deployed(rpc, CALLS_ITSELF)
    estimate = rpc.request("eth_estimateGas", {"from": PAYER.address, "to": contract})
    assert runs == [runs[0], runs[1], estimate]
    assert estimate > runs[1]
    assert send(rpc, to=contract, gas=estimate)["status"] == 1
    assert send(rpc, to=contract, gas=runs[1])["status"] == 0, "what was used was not enough"


def test_a_refusal_keeps_its_words_and_leaves_no_trace(rpc: Rpc) -> None:
    contract = deployed(rpc, REVERTS)
    before = rpc.request("eth_getBalance", PAYER.address, "latest")
    call = {"from": PAYER.address, "to": contract, "value": "0x1"}
    refused = rpc.attempt("eth_estimateGas", call)
    assert isinstance(refused, RpcFailure)
    assert refused.data == (42).to_bytes(32, "big")
    assert rpc.request("eth_getBalance", PAYER.address, "latest") == before

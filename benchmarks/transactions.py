"""What sending costs: written down, signed, posted and mined, beside a plain loop over web3.py.

Run ``python benchmarks/transactions.py``: one JSON object of figures, all measured in this run, on
anvil. ``--toy`` does the same work for few transactions: its figures mean nothing.

- ``tx.client_per_s``: transactions a second by `Chain.send_many`, with an outbox on disk; their
  gas limits are given, their events decoded. anvil makes ten blocks a second: in large ones each
  receipt takes it milliseconds.
- ``tx.client_unwritten_per_s``: the same without an outbox.
- ``tx.client_cpu_us``: microseconds of this process's time for each of the former.
- ``tx.naive_per_s``: web3.py signs, sends and waits for each, on an anvil that mines at once.
- ``tx.block_gas_limit``: what a block of that anvil holds.

Example:
    >>> MANY > ONE_BY_ONE
    True
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.contract import Call
from salus.chain.node.local import local_node
from salus.outbox.opening import open_journal

TOY = "--toy" in sys.argv
MANY = 200 if TOY else 8_000
ONE_BY_ONE = 5 if TOY else 200
BLOCK_GAS = 1_500_000_000
STEADY = ("--block-time", "0.1", "--gas-limit", str(BLOCK_GAS))
NAME = b"did/svc/Inbox".ljust(32, b"\0")
GAS = 120_000


def calls(chain: Chain, account: Account) -> list[Call]:
    """Many writes of one account."""
    registry = chain.contract("IdentityRegistry")
    return [
        registry.prepare("setAttribute", account.identity, NAME, b"%d" % i, 3600, gas=GAS)
        for i in range(MANY)
    ]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this process's time."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def measure_client(chain: Chain, folder: Path) -> dict[str, float]:
    """Send many at once, first without an outbox."""
    first, second = development_account(1), development_account(2)
    plain = calls(chain, first)
    unwritten, _ = timed(lambda: chain.send_many(plain, account=first))
    journal = open_journal(
        chain, (folder / "outbox.sqlite").as_uri().replace("file:", "sqlite:"), confirmations=0
    )
    written = calls(chain, second)
    seconds, used = timed(lambda: chain.send_many(written, account=second))
    journal.close()
    return {
        "tx.client_per_s": MANY / seconds,
        "tx.client_unwritten_per_s": MANY / unwritten,
        "tx.client_cpu_us": used / MANY * 1e6,
    }


def measure_naive(chain: Chain, url: str) -> float:
    """Send one after the other, as web3.py's manual does."""
    from eth_account import Account as EthAccount
    from web3 import HTTPProvider, Web3

    from salus.chain.node.development import development_key

    web3 = Web3(HTTPProvider(url))
    signer = EthAccount.from_key(development_key(3))
    call = chain.contract("IdentityRegistry").prepare(
        "setAttribute", signer.address, NAME, b"value", 3600, gas=GAS
    )

    def one() -> None:
        fields = {
            "to": call.request.to,
            "data": call.data,
            "value": 0,
            "gas": GAS,
            "nonce": web3.eth.get_transaction_count(signer.address),
            "chainId": web3.eth.chain_id,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
            "type": 2,
        }
        raw = signer.sign_transaction(fields).raw_transaction
        web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(raw))

    one()

    def each() -> None:
        for _ in range(ONE_BY_ONE):
            one()

    seconds, _ = timed(each)
    return ONE_BY_ONE / seconds


def main() -> None:
    """Measure and print."""
    figures: dict[str, float] = {"tx.block_gas_limit": BLOCK_GAS}
    steady = local_node("anvil", arguments=STEADY)
    with tempfile.TemporaryDirectory() as folder, steady as node:
        chain = connect("anvil", url=node.url)
        deploy(chain, development_account(9), path=None)
        figures |= measure_client(chain, Path(folder))
        chain.close()
    with local_node("anvil") as node, connect("anvil", url=node.url) as chain:
        deploy(chain, development_account(9), path=None)
        figures["tx.naive_per_s"] = measure_naive(chain, node.url)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

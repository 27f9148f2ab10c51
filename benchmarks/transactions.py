"""What sending costs: written down, signed, posted and mined, beside peers and the node's limit.

Run ``python benchmarks/transactions.py``: one JSON object of figures, all measured in this run, on
anvil. ``--toy`` does the same work for few transactions: its figures mean nothing.

- ``tx.client_per_s``: transactions a second by `Chain.send_many`, with an outbox on disk; their
  gas limits are given, their receipts read, their events decoded. anvil makes ten blocks a second:
  in large ones each receipt takes it milliseconds.
- ``tx.client_unwritten_per_s``: the same without an outbox.
- ``tx.client_cpu_us``: microseconds of this process's time for each of the former.
- ``tx.naive_per_s``: web3.py signs, sends and waits for each, on an anvil that mines at once.
- ``tx.viem_per_s``: viem 2.57.0 signs and sends in batches of 250 and waits until the last is
  mined; it reads no receipt. ``tx.viem_presigned_per_s``: signed before. None without npm.
- ``tx.anvil_limit_per_s``: signed before, as bytes, over ``tx.anvil_limit_connections``, until the
  last is mined: what the node takes.
- ``tx.block_gas_limit``: what a block of that anvil holds.
- ``sig.verify_per_s``: EIP-712 messages hashed, and their signers recovered, by one core.

Example:
    >>> MANY > ONE_BY_ONE
    True
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.abi.eip712 import digest, typed_data
from salus.chain.contract import Call
from salus.chain.deployments.file import Deployment
from salus.chain.node.development import development_key
from salus.chain.node.local import local_node
from salus.chain.sending.acts import SignedTransaction
from salus.chain.signing.verifying import key_signed
from salus.outbox.journal import OutboxJournal
from salus.outbox.opening import open_journal
from salus_verify.encoding import hex0x

TOY = "--toy" in sys.argv
MANY = 200 if TOY else 8_000
ONE_BY_ONE = 5 if TOY else 200
SIGNATURES = 20 if TOY else 5_000
BLOCK_GAS = 1_500_000_000
STEADY = ("--block-time", "0.1", "--gas-limit", str(BLOCK_GAS))
NAME = b"did/svc/Inbox".ljust(32, b"\0")
GAS = 120_000
PRICES = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
VIEM = Path(__file__).parent / "viem"


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


def measure_client(url: str, deployment: Deployment, folder: Path) -> dict[str, float | None]:
    """Send many at once, first without an outbox."""
    file = (folder / "outbox.sqlite").as_uri().replace("file:", "sqlite:")

    def journal(chain: Chain) -> OutboxJournal:
        return open_journal(chain, file, confirmations=0)

    with connect("anvil", url=url) as chain:
        chain.use(deployment)
        first = development_account(1)
        plain = calls(chain, first)
        unwritten, _ = timed(lambda: chain.send_many(plain, account=first))
    with connect("anvil", url=url, journal=journal) as chain:
        chain.use(deployment)
        second = development_account(2)
        written = calls(chain, second)
        seconds, used = timed(lambda: chain.send_many(written, account=second))
    return {
        "tx.client_per_s": MANY / seconds,
        "tx.client_unwritten_per_s": MANY / unwritten,
        "tx.client_cpu_us": used / MANY * 1e6,
    }


def measure_limit(chain: Chain) -> dict[str, float | None]:
    """Hand in what was signed before, over ever more connections."""
    best: tuple[float, int] = (0.0, 0)
    for connections in (1, 2, 4):
        account = development_account(3 + connections)
        bodies = raw_bodies(chain, account)
        seconds, _ = timed(lambda b=bodies, a=account, c=connections: post(chain, b, a, lanes=c))  # type: ignore[misc]
        best = max(best, (MANY / seconds, connections))
    return {"tx.anvil_limit_per_s": best[0], "tx.anvil_limit_connections": best[1]}


def raw_bodies(chain: Chain, account: Account) -> list[list[tuple[str, tuple[str]]]]:
    """Requests in batches of 250, signed."""
    signed = [
        SignedTransaction.made(
            call.request, account, nonce=nonce, gas=GAS, prices=PRICES, chain_id=chain.chain_id
        )
        for nonce, call in enumerate(calls(chain, account))
    ]
    sends = [("eth_sendRawTransaction", (hex0x(one.raw),)) for one in signed]
    return [sends[at : at + 250] for at in range(0, MANY, 250)]


def post(
    chain: Chain, bodies: Sequence[list[tuple[str, tuple[str]]]], account: Account, *, lanes: int
) -> None:
    """Post bodies over so many connections, and wait until the last transaction is mined."""
    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(chain.rpc.batch, bodies))
    while int(chain.rpc.request("eth_getTransactionCount", account.address, "latest"), 16) < MANY:
        time.sleep(0.01)


def measure_viem(chain: Chain, url: str) -> dict[str, float | None]:
    """Have viem send as many; it is brought by npm, as its lock says."""
    names = ("tx.viem_per_s", "tx.viem_presigned_per_s")
    call = calls(chain, development_account(8))[0]
    key, request = hex0x(development_key(8)), call.request
    count = MANY // 4  # so that a slow one does not take minutes
    send = ["node", "send.mjs", url, key, request.to, hex0x(call.data), str(GAS), str(count)]
    try:
        if not (VIEM / "node_modules").exists():
            bring = ["npm", "ci", "--silent"]
            subprocess.run(bring, cwd=VIEM, check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run(send, cwd=VIEM, check=True, stdout=subprocess.PIPE)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"bench: viem is left out: {problem}", file=sys.stderr)
        return dict.fromkeys(names)
    found = json.loads(done.stdout)
    return dict(zip(names, (found["signed"], found["presigned"]), strict=True))


def measure_naive(url: str) -> dict[str, float | None]:
    """Send one after the other, as web3.py's manual does."""
    from eth_account import Account as EthAccount
    from web3 import HTTPProvider, Web3

    web3 = Web3(HTTPProvider(url))
    signer = EthAccount.from_key(development_key(3))
    with connect("anvil", url=url) as chain:
        deploy(chain, development_account(9), path=None)
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
            "type": 2,
        }
        raw = signer.sign_transaction(fields | PRICES).raw_transaction
        web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(raw))

    one()

    def each() -> None:
        for _ in range(ONE_BY_ONE):
            one()

    seconds, _ = timed(each)
    return {"tx.naive_per_s": ONE_BY_ONE / seconds}


def measure_signatures(chain: Chain) -> dict[str, float | None]:
    """Check signed revocations, each of another consent."""
    account, domain = development_account(1), chain.contract("ConsentRegistry").domain()
    signed = []
    for place in range(SIGNATURES):
        values = {"consentId": place.to_bytes(32, "big"), "deadline": 2**32}
        wanted = typed_data(domain, "RevokeConsent", {"patient": account.address, **values})
        signed.append((wanted, account.sign_typed_data(wanted)))

    def check() -> None:
        if not all(key_signed(account.address, digest(each), made) for each, made in signed):
            raise AssertionError("a signature is not its signer's")

    _, used = timed(check)
    return {"sig.verify_per_s": SIGNATURES / used}


def main() -> None:
    """Measure and print."""
    figures: dict[str, float | None] = {"tx.block_gas_limit": BLOCK_GAS}
    steady = local_node("anvil", arguments=STEADY)
    with (
        tempfile.TemporaryDirectory() as folder,
        steady as node,
        connect("anvil", url=node.url) as chain,
    ):
        deploy(chain, development_account(9), path=None)
        figures |= measure_limit(chain)
        figures |= measure_viem(chain, node.url)
        figures |= measure_signatures(chain)
        figures |= measure_client(node.url, chain.deployment, Path(folder))
    with local_node("anvil") as node:
        figures |= measure_naive(node.url)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

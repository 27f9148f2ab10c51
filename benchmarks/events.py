"""How fast the chain's events come into an index, beside what the node and web3.py take for it.

Run ``python benchmarks/events.py``: one JSON object of figures, all measured in this run on an
anvil that it starts. The events are `LotCommissioned`, 5 words of data and 3 topics, of random
lots. ``--toy`` does the same on few events: it shows that the benchmark runs, and its figures mean
nothing.

- ``events``: how many there are.
- ``per_s``: events a second of wall time from an empty file to a whole one, the node's work
  included.
- ``reader_per_s``: events a second of the reader's own processor time.
- ``node_per_s``: events a second that the node alone gives to who throws them away, in the same
  ranges: no reader can be faster.
- ``web3_per_s``: events a second of web3.py's ``get_logs``, decoded and nowhere kept; of a part.
- ``postgres_per_s``: as ``per_s``, into Postgres on this machine; None where it is not installed.
- ``ponder_per_s``: events a second of Ponder's backfill into the same Postgres, else into PGlite,
  as it tells itself, its start left out; ``ponder_ratio``: ``per_s`` over that. None in toy runs,
  and where ``make bench`` has not installed Ponder.
- ``listed_per_s``: events a second of ``Contract.listed`` from the file, as objects.
- ``from_node_per_s``: the same of ``Contract.events`` from the node.
- ``find_ms``: one lot found by its id in the file, the node's answers included.
- ``file_bytes_per_event``: size of the file.

Example:
    >>> emitter()[:1].hex()
    '60'
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import requests

from salus.chain import Chain, connect, deploy, development_account
from salus.chain.abi.catalogue import event_topic
from salus.chain.node.local import local_node
from salus.contracts import artifacts
from salus.contracts.drugs.events import LotCommissioned
from salus.index import Index
from salus.testing.postgres_server import postgres_server, programs

TOY = "--toy" in sys.argv
EACH = 100 if TOY else 4000
BLOCKS = 5 if TOY else 25
PART = 200 if TOY else 8000
PONDER = Path(__file__).parent / "ponder"
WORDS = 5
"""Words of data of each event."""


def emitter() -> bytes:
    """Code that emits events: calldata is their number, three topics, and the data of all.

    The second topic is the hash of a counter and of the first word of calldata's end.
    """
    code = bytearray()

    def push(*words: int) -> None:
        for each in words:
            data = each.to_bytes(max(1, (each.bit_length() + 7) // 8))
            code.extend([0x5F + len(data), *data])

    def load(offset: int) -> None:
        push(offset)
        code.append(0x35)

    size, counter = 32 * WORDS, 0x200
    push(size, 0x80, 0)
    code.append(0x37)  # data into memory
    load(0)
    start = len(code)
    code.append(0x5B)  # how many are left
    code.append(0x80)
    push(counter)
    code.append(0x52)
    load(0x60)
    load(0x40)
    push(64, counter - 32)
    code.append(0x20)  # hash of the word before the counter, and of it
    load(0x20)
    push(size, 0)
    code.append(0xA4)
    push(1)
    code.extend([0x90, 0x03, 0x80])
    push(start)
    code.extend([0x57, 0x00])
    return bytes(code)


def emit(chain: Chain) -> None:
    """Have the registry's address emit events: its code is put there for that."""
    where, payer = chain.contract("DrugProvenance").address, development_account(0).address
    chain.rpc.request("anvil_setCode", where, "0x" + emitter().hex())
    topic, _ = event_topic(LotCommissioned)
    for block in range(BLOCKS):
        words = [block + 1, 2**31, 10, 3 << 200, 4 << 200]
        gtin, maker = 4_150_000_000_000 + block, 0x11 << 152
        head = EACH.to_bytes(32) + topic + gtin.to_bytes(32) + maker.to_bytes(32)
        data = head + b"".join(each.to_bytes(32) for each in words)
        asked = {"from": payer, "to": where, "data": "0x" + data.hex(), "gas": hex(16_000_000)}
        sent = chain.rpc.request("eth_sendTransaction", asked)
        while chain.rpc.request("eth_getTransactionReceipt", sent) is None:
            time.sleep(0.01)
    chain.rpc.request("anvil_mine", hex(100))  # the node calls them final


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fill(chain: Chain, file: Path | str) -> tuple[float, float, list[tuple[int, int]]]:
    """Read all into a new file: wall and processor seconds, and the ranges that it took."""
    cpu = time.process_time()
    with Index.open(file, chain) as index:
        steps: list[tuple[int, int]] = []
        wall = timed(lambda: steps.extend((each.first, each.last) for each in index.read()))
    return wall, time.process_time() - cpu, steps


def node_alone(chain: Chain, ranges: list[tuple[int, int]]) -> float:
    """Seconds that the node takes for the logs of ranges of blocks."""
    addresses = sorted(chain.deployment.addresses())
    session, header = requests.Session(), {"Content-Type": "application/json"}

    def ask() -> None:
        for first, last in ranges:
            span = {"address": addresses, "fromBlock": hex(first), "toBlock": hex(last)}
            body = {"jsonrpc": "2.0", "id": 0, "method": "eth_getLogs", "params": [span]}
            asked = json.dumps(body).encode()
            session.post(chain.rpc.url, data=asked, headers=header, timeout=60).raise_for_status()

    return timed(ask)


def by_web3(chain: Chain) -> float:
    """Events a second that web3.py reads and decodes."""
    abi = list(artifacts.load("DrugProvenance").abi)
    contract = chain.web3.eth.contract(chain.contract("DrugProvenance").address, abi=abi)  # type: ignore[call-overload]
    first = chain.contract("DrugProvenance").events(LotCommissioned, to_block=20)[0].block_number
    last = first + max(1, PART // EACH) - 1
    found: list[object] = []
    asked = {"from_block": first, "to_block": last}
    taken = timed(lambda: found.extend(contract.events.LotCommissioned.get_logs(**asked)))
    return len(found) / taken


def by_ponder(chain: Chain, folder: Path, postgres: str | None) -> float | None:
    """Events a second that Ponder reads into its database; None where it is not to run."""
    program = PONDER / "node_modules" / ".bin" / "ponder"
    if TOY or not program.exists():
        return None
    contract = chain.contract("DrugProvenance")
    known = {
        "PONDER_ABI": json.dumps(list(artifacts.load("DrugProvenance").abi)),
        "PONDER_ADDRESS": contract.address,
        "PONDER_FIRST": str(contract.events(LotCommissioned, to_block=20)[0].block_number),
        "PONDER_FOLDER": str(folder / "pglite"),
        "PONDER_POSTGRES": postgres or "",
        "PONDER_RPC": chain.rpc.url,
        "PONDER_TELEMETRY_DISABLED": "1",
    }
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    words = ["start", "--schema", "salus", "--hostname", "127.0.0.1", "--port", port]
    running = subprocess.Popen(
        [program, *words, "--log-format", "json"],
        cwd=PONDER,
        env={**os.environ, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return _backfilled(running.stdout or [])
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.communicate()


def _backfilled(lines: Iterable[str]) -> float:
    """What Ponder's log says of its backfill."""
    events, said = 0, ""
    for line in lines:
        told = json.loads(line) if line.startswith("{") else {}
        said = told.get("msg", line)
        events += told.get("event_count", 0)
        if said.startswith("Completed backfill indexing"):
            if events != EACH * BLOCKS:
                raise AssertionError(f"Ponder read {events} events")
            return float(1e3 * events / told["duration"])
    raise RuntimeError(f"Ponder ended: {said}")


def measure(chain: Chain, file: Path, postgres: str | None) -> dict[str, float | None]:
    """All figures; ``postgres`` is the URL of a database."""
    wall, cpu, ranges = fill(chain, file)
    many = EACH * BLOCKS
    alone = node_alone(chain, ranges)
    node = chain.contract("DrugProvenance")
    from_node = timed(lambda: node.events(LotCommissioned))
    in_postgres = fill(chain, postgres)[0] if postgres else None
    web3, ponder = by_web3(chain), by_ponder(chain, file.parent, postgres)
    with Index.open(file, chain) as index:
        chain.listing.source = index.source(chain)
        lots: list[LotCommissioned] = []
        listed = timed(lambda: lots.extend(node.listed(LotCommissioned)))
        if len(lots) != many:
            raise AssertionError(f"{len(lots)} of {many} events")
        found = timed(lambda: node.listed(LotCommissioned, lot=lots[many // 2].lot))
    return {
        "events": many,
        "per_s": many / wall,
        "reader_per_s": many / cpu,
        "node_per_s": many / alone,
        "postgres_per_s": in_postgres and many / in_postgres,
        "web3_per_s": web3,
        "ponder_per_s": ponder,
        "ponder_ratio": ponder and many / wall / ponder,
        "listed_per_s": many / listed,
        "from_node_per_s": many / from_node,
        "find_ms": 1e3 * found,
        "file_bytes_per_event": os.path.getsize(file) / many,
    }


def main() -> None:
    """Measure and print."""
    governor = development_account(0)
    whom = {"governance": governor.address, "initial_delay": 0, "naming_delay": 0}
    with ExitStack() as held:
        node = held.enter_context(local_node("anvil"))
        folder = held.enter_context(tempfile.TemporaryDirectory())
        installed = programs()
        server = held.enter_context(postgres_server(installed)) if installed else None
        chain = connect(node.url)
        deploy(chain, governor, path=None, **whom)  # type: ignore[arg-type]
        emit(chain)
        postgres = f"{server.url}/postgres" if server else None
        figures = measure(chain, Path(folder) / "index.sqlite", postgres)
    print(json.dumps({f"events.{name}": each for name, each in figures.items()}, indent=2))


if __name__ == "__main__":
    main()

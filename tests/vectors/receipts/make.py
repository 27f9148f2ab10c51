"""Make the receipts of this folder anew, on a real anvil and a real Hardhat node.

Example:
    $ python tests/vectors/receipts/make.py
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from salus.chain import connect, deploy, development_account
from salus.chain.node.local import local_node
from salus.receipts import Receipt
from salus.terms import ResourceFacts
from salus.testing import participant
from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import Unreached, WhyLeft

HERE = Path(__file__).parent
DOCUMENT = (
    b'{"resourceType":"Observation","status":"final","code":{"text":"a vector"},'
    b'"subject":{"reference":"Patient/1"}}'
)
FACTS = ResourceFacts(resource_class="Observation")
VERSIONS = ("1", "3Lg")


def receipt_of(kind: str) -> Receipt:
    """A receipt for the fourth of seven records."""
    with local_node(kind) as node:
        chain = connect(kind, url=node.url)
        deploy(chain, development_account(0), path=None)
        client = participant(chain, development_account(1))
        add = client.records.add
        for number in range(7):
            data = DOCUMENT if number == 3 else b"record %d" % number
            added = add(data, patient="0x" + "12" * 20, facts=FACTS)
            if number == 3:
                manifest = added.records[0].manifest
        return client.records.receipt(manifest)


def erasure() -> dict[str, Any]:
    """The receipt of an erasure: the third of three."""
    with local_node("anvil") as node:
        chain = connect("anvil", url=node.url)
        deploy(chain, development_account(0), path=None)
        records = participant(chain, development_account(1)).records
        for number in range(3):
            data = b"record %d" % number
            added = records.add(data, patient="0x" + "12" * 20, about=FACTS)
            erased = records.erase(added.records[0].manifest.record_id)
        return dict(json.loads(erased.receipt.to_json()))


def report() -> dict[str, Any]:
    """A report that names every reason for which a blob may be left; signed by nobody."""
    left = [
        Unreached(f"s3://ward-{place}", "blobs/x", why, VERSIONS if why is WhyLeft.VERSIONS else ())
        for place, why in enumerate(WhyLeft)
    ]
    made = Erasure(
        issuer="0x" + "ab" * 20,
        chain_id=31337,
        record=bytes(range(16)),
        erased_at=1_800_000_000,
        versions=((1, b"m" * 32, b"l" * 32), (2, b"n" * 32, b"k" * 32)),
        shared_keys=2,
        grantees=("0x" + "cd" * 20,),
        destroyed=(("memory://ward", "blobs/x"),),
        unreached=tuple(left),
    )
    return {"report": made.to_document(), "digest": made.digest.hex()}


def flipped(text: str, at: int = -1) -> str:
    digits = list(text)
    digits[at] = format(int(digits[at], 16) ^ 1, "x")
    return "".join(digits)


def mutants(receipt: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One changed part in each: every byte string gets one other bit, every number one more."""
    found: dict[str, dict[str, Any]] = {}

    def visit(path: tuple[Any, ...], value: Any) -> None:
        if isinstance(value, dict):
            for name in value:
                visit((*path, name), value[name])
        elif isinstance(value, list):
            for index, each in enumerate(value):
                visit((*path, index), each)
        elif path[-1] not in ("type", "chainId") and value is not None:
            changed = copy.deepcopy(receipt)
            inner: Any = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = value + 1 if isinstance(value, int) else flipped(value)
            found["another " + ".".join(map(str, path))] = changed

    visit((), receipt)
    return found


def all_bad(good: dict[str, Any]) -> dict[str, Any]:
    """Receipts that every verifier must refuse."""
    base = good["anvil"]
    bad = mutants(base)
    swapped = {**base, "storageProof": good["hardhat"]["storageProof"]}
    longer = {**base, "path": [*base["path"], "0x" + "00" * 32]}
    shorter = {**base, "path": base["path"][:-1]}
    bad |= {"another chain's proof": swapped, "a longer path": longer, "a shorter path": shorter}
    bad["one more member"] = {**base, "note": "x"}
    bad["no block hash, and no proof"] = {
        **base,
        "storageProof": None,
        "block": {**base["block"], "hash": "0x"},
    }
    bad["chain 0"] = {**base, "chainId": 0}
    late = {**base["block"], "timestamp": 253_402_300_800}
    bad["a time after the year 9999"] = {**base, "storageProof": None, "block": late}
    for part in ("account", "storage"):
        nodes = base["storageProof"][part]
        many = nodes + ["0xc0"] * (65 - len(nodes))
        bad[f"65 nodes in {part}"] = {**base, "storageProof": {**base["storageProof"], part: many}}
    return bad


def main() -> None:
    """Write good.json, bad.json, erasure.json and erasure_report.json."""
    (HERE / "erasure_report.json").write_text(json.dumps(report(), indent=1) + "\n")
    (HERE / "erasure.json").write_text(json.dumps(erasure(), indent=1) + "\n")
    good = {}
    for kind in ("anvil", "hardhat"):
        good[kind] = json.loads(receipt_of(kind).to_json())
    good["named"] = {**good["anvil"], "storageProof": None}
    bad = all_bad(good)
    for name, cases in (("good", good), ("bad", bad)):
        text = json.dumps({"document": DOCUMENT.decode(), "receipts": cases}, indent=1)
        (HERE / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()

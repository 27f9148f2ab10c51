"""A receipt takes the chain of a client for the node that it trusts, whatever was imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
import salus
from salus_verify import Receipt
from salus_verify.errors import VerificationError

good = json.load(open(sys.argv[1]))
receipt = Receipt.from_json(json.dumps(good["receipts"]["anvil"]))
with salus.connect("tester") as me:
    try:
        receipt.verify(good["document"].encode(), trusting=me.chain)
    except VerificationError as refused:
        print(refused)
"""


def test_a_clients_chain_is_a_node_before_anything_else_is_imported(root: Path) -> None:
    good = root / "tests" / "vectors" / "receipts" / "good.json"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(good)], capture_output=True, text=True, check=False
    )
    assert "it is of chain 31337, and the node that was asked of" in done.stdout, done.stderr

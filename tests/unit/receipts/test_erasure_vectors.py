"""Two verifiers that share no code say the same of an erasure's receipt, and of its mutants."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import second_verifier_erasures as second
from second_verifier import Refused

from salus.receipts import ErasureReceipt, Expected, known_registry, verify_erasure
from salus_verify.errors import MalformedReceipt, ReceiptMismatch
from salus_verify.verify_erasure import Signing

VECTORS = Path(__file__).parents[2] / "vectors" / "receipts"
GOOD = json.loads((VECTORS / "erasure.json").read_text())
BLOCK = bytes.fromhex(GOOD["block"]["hash"][2:])
REGISTRY = bytes.fromhex(GOOD["registry"][2:])


def written(receipt: dict[str, Any]) -> bytes:
    return json.dumps(receipt).encode()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every text and number stands."""
    if isinstance(value, dict):
        for name in value:
            yield from leaves(value[name], (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    else:
        yield path


def changed(path: tuple[Any, ...]) -> bytes:
    """One other digit, one more, or one other letter."""
    receipt = copy.deepcopy(GOOD)
    inner: Any = receipt
    for step in path[:-1]:
        inner = inner[step]
    value = inner[path[-1]]
    last = "1" if str(value)[-1] == "0" else "0"
    inner[path[-1]] = value + 1 if isinstance(value, int) else value[:-1] + last
    return written(receipt)


def ours_knows(registry: str) -> bool:
    """Ours knows the registry of this release; the other one has to be told."""
    return known_registry().lower() == registry


def test_both_accept_it_and_miss_the_same() -> None:
    ours = verify_erasure(ErasureReceipt.from_json(written(GOOD)))
    theirs = second.verify(written(GOOD))
    known = {"registry"} if ours_knows(GOOD["registry"]) else set()
    assert set(ours.missing) == set(theirs) - known
    assert ours.signing is Signing.SIGNER

    known = Expected(chain_id=31337, registry=GOOD["registry"])
    ours = verify_erasure(ErasureReceipt.from_json(written(GOOD)), block_hash=BLOCK, expected=known)
    theirs = second.verify(written(GOOD), BLOCK, 31337, REGISTRY)
    assert list(ours.missing) == theirs == ["control of the issuer"]


@pytest.mark.parametrize("path", list(leaves(GOOD)), ids=lambda path: ".".join(map(str, path)))
def test_both_refuse_any_other_part_or_say_that_another_signed(path: tuple[Any, ...]) -> None:
    receipt = changed(path)
    if path[0] == "signature":
        assert verify_erasure(ErasureReceipt.from_json(receipt)).signing is Signing.UNCHECKED
        assert "signature of an account" in second.verify(receipt)
        return
    with pytest.raises((MalformedReceipt, ReceiptMismatch)):
        verify_erasure(ErasureReceipt.from_json(receipt), block_hash=BLOCK)
    with pytest.raises(Refused):
        second.verify(receipt, BLOCK)


def test_both_refuse_another_chain_registry_or_block() -> None:
    read = ErasureReceipt.from_json(written(GOOD))
    for ours, theirs in (
        ({"expected": Expected(chain_id=1)}, {"chain_id": 1}),
        ({"expected": Expected(registry="0x" + "72" * 20)}, {"registry": b"r" * 20}),
        ({"block_hash": bytes(32)}, {"block_hash": bytes(32)}),
    ):
        with pytest.raises(ReceiptMismatch):
            verify_erasure(read, **ours)  # type: ignore[arg-type]
        with pytest.raises(Refused):
            second.verify(written(GOOD), **theirs)  # type: ignore[arg-type]


def test_it_reads_back_what_it_wrote() -> None:
    read = ErasureReceipt.from_json(written(GOOD))
    assert json.loads(read.to_json()) == GOOD


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"null",
        pytest.param(b"[" * 100_000, id="deep"),
        written({**GOOD, "report": None}),
        written({**GOOD, "report": []}),
        written({**GOOD, "signature": None}),
        written({**GOOD, "note": 1}),
        written({**GOOD, "path": ["0x00"]}),
        written({**GOOD, "block": 1}),
        written({each: GOOD[each] for each in GOOD if each != "registry"}),
    ],
)
def test_both_refuse_another_form(document: bytes) -> None:
    with pytest.raises(MalformedReceipt):
        ErasureReceipt.from_json(document)
    with pytest.raises(Refused):
        second.verify(document)

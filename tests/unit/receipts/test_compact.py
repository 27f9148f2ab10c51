"""The compact receipt: one QR code, read back by a decoder that is not ours."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from tests.vectors.receipts.make_short import short_forms

from salus.primitives.merkle import MerkleTree
from salus.receipts import Receipt, verify_receipt
from salus.receipts.page import to_page
from salus_verify.address import checked_address
from salus_verify.errors import InvalidValue, MalformedReceipt, ReceiptMismatch
from salus_verify.log import Checkpoint
from salus_verify.merkle import inclusion_root, leaf_hash
from salus_verify.opening import Opening, commit_plaintext
from salus_verify.place import LAST_SECOND
from salus_verify.qr_form import from_compact, path_length, to_compact

DOCUMENT = b'{"resourceType":"Observation"}'
MOST_CHARACTERS = 1195


def receipt_of(size: int, index: int) -> Receipt:
    """A consistent receipt for a log of any size, from a path of our own choosing."""
    opening = Opening(b"s" * 32, commit_plaintext(b"s" * 32, DOCUMENT), b"m" * 32)
    path = tuple(bytes([n]) * 32 for n in range(path_length(index, size)))
    root = inclusion_root(leaf_hash(opening.leaf()), index, size=size, proof=path)
    draft = Receipt(
        chain_id=31337,
        registry="0x" + "11" * 20,
        issuer="0x" + "22" * 20,
        stream=b"t" * 32,
        opening=opening,
        index=index,
        path=path,
        checkpoint=Checkpoint(b"p" * 32, root, size),
        block_number=25_000_000,
        block_hash=b"h" * 32,
        block_timestamp=1_800_000_000,
        proof=None,
    )
    return from_compact(to_compact(draft))


@pytest.mark.parametrize(
    "wrong",
    [{"index": 4}, {"path": (bytes(32),)}, {"checkpoint": Checkpoint(b"p" * 32, bytes(32), 4)}],
    ids=["index", "path", "root"],
)
def test_a_receipt_whose_path_does_not_lead_to_its_root_has_no_short_form(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(InvalidValue, match="lead to its root"):
        to_compact(replace(receipt_of(4, 1), **wrong))


@pytest.mark.parametrize(
    "wrong",
    [{"chain_id": 0}, {"block_timestamp": LAST_SECOND + 1}, {"path": (bytes(32),) * 65}],
    ids=["chain 0", "year 10000", "65 nodes"],
)
def test_a_receipt_that_no_reader_takes_is_not_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        replace(receipt_of(4, 1), **wrong)


SHORT = Path(__file__).parents[2] / "vectors" / "receipts" / "short.json"


def test_the_short_forms_that_others_read_are_what_this_release_writes() -> None:
    assert json.loads(SHORT.read_text()) == short_forms()


def test_a_short_form_is_these_bytes_in_this_order() -> None:
    """Read by hand: index 3 of 4, in block 10; numbers below 128 are one byte each."""
    good = json.loads(SHORT.with_name("good.json").read_text())["receipts"]["anvil"]
    raw = base64.urlsafe_b64decode(json.loads(SHORT.read_text())["anvil"] + "==")
    chain_id = good["chainId"]
    assert raw[:4] == bytes(
        [1, chain_id & 0x7F | 0x80, chain_id >> 7 & 0x7F | 0x80, chain_id >> 14]
    )
    hexes = [good["registry"], good["issuer"], good["stream"]]
    hexes += [good["opening"][each] for each in ("salt", "commitment", "manifestDigest")]
    start = b"".join(bytes.fromhex(each[2:]) for each in hexes)
    start += bytes([good["index"], good["checkpoint"]["size"]])
    start += b"".join(bytes.fromhex(each[2:]) for each in good["path"])
    start += bytes.fromhex(good["checkpoint"]["parent"][2:]) + bytes([good["block"]["number"]])
    assert raw[4:].startswith(start)
    assert raw.endswith(bytes.fromhex(good["block"]["hash"][2:]))


def test_fits_one_code_for_a_log_of_a_million_leaves() -> None:
    assert len(to_compact(receipt_of(2**20, 2**20 - 1))) <= MOST_CHARACTERS


@given(st.data(), st.integers(1, 2**40))
def test_comes_back_as_it_was(data: st.DataObject, size: int) -> None:
    receipt = receipt_of(size, data.draw(st.integers(0, size - 1)))
    assert from_compact(to_compact(receipt)) == receipt
    verify_receipt(receipt, document=DOCUMENT)


@given(st.integers(1, 300), st.data())
def test_demands_the_path_that_the_tree_gives(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = MerkleTree.of(n.to_bytes(32, "big") for n in range(size))
    assert path_length(index, size) == len(tree.inclusion_proof(index))


def test_refuses_another_document() -> None:
    with pytest.raises(ReceiptMismatch):
        verify_receipt(receipt_of(100, 7), document=DOCUMENT + b" ")


def test_a_changed_character_gives_another_checkpoint_or_none() -> None:
    receipt = receipt_of(1000, 3)
    text = to_compact(receipt)
    for at in range(0, len(text), 7):
        forged = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        try:
            read = from_compact(forged)
        except MalformedReceipt:
            continue
        assert read != receipt


@pytest.mark.parametrize(
    "text",
    ["", "A", "AQ", "not base64url!", "B" * 5000, "Ag" + "A" * 900],
    ids=["empty", "one character", "version only", "foreign", "too long", "another version"],
)
def test_refuses_what_is_no_receipt(text: str) -> None:
    with pytest.raises(MalformedReceipt):
        from_compact(text)


def test_refuses_what_is_cut_short_or_goes_on() -> None:
    text = to_compact(receipt_of(8, 5))
    for wrong in (text[:-4], text + "AAAA"):
        with pytest.raises(MalformedReceipt):
            from_compact(wrong)


def test_the_code_is_read_back_by_another_decoder() -> None:
    text = to_compact(receipt_of(2**20, 12345))
    out = io.BytesIO()
    segno.make_qr(text, error="l", boost_error=False).save(
        out, kind="pbm", scale=4, border=4, plain=True
    )
    header, rest = out.getvalue().decode().split("\n", 1)
    assert header == "P1"
    lines = [line for line in rest.splitlines() if not line.startswith("#")]
    width, height = map(int, lines[0].split())
    bits = re.sub(r"\s", "", "".join(lines[1:]))
    image = memoryview(bytes(0 if bit == "1" else 255 for bit in bits))
    [found] = zxingcpp.read_barcodes(image.cast("B", shape=[height, width]))
    assert found.text == text


def test_the_page_loads_nothing_and_shows_the_code() -> None:
    page = to_page(replace(receipt_of(2**20, 9), issuer="0x" + "ab" * 20))
    assert "<svg" in page
    assert not re.search(r"(src|href)=|url\(|<script", page)
    assert checked_address("0x" + "ab" * 20) in page

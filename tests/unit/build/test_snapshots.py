"""Storage layout, ABI, bytecode hashes and sizes are those that were reviewed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import snapshots
from compiler import CompilerMissing
from salus.contracts import artifacts
from salus_verify.storage_proof import HEADS_SLOT

LEAST_ROOM = 1_200  # bytes, a twentieth of what EIP-170 allows
INIT_CODE_LIMIT = 49_152  # bytes, EIP-3860


def made(name: str) -> str:
    try:
        return {
            "abi.txt": snapshots.abi,
            "bytecode.json": snapshots.bytecode,
            "sizes.json": snapshots.sizes,
            "storage.txt": snapshots.storage,
        }[name]()
    except CompilerMissing as problem:
        pytest.skip(str(problem))


@pytest.mark.parametrize("name", ["abi.txt", "bytecode.json", "sizes.json", "storage.txt"])
def test_a_snapshot_is_what_the_contracts_give(name: str) -> None:
    changed = snapshots.difference(name, made(name))
    assert changed == "", f"review the difference, then `make snapshots`:\n{changed}"


def test_a_difference_shows_what_was_and_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SNAPSHOTS", tmp_path)
    (tmp_path / "sizes.json").write_text('{\n  "A": 1\n}\n', encoding="utf-8")
    changed = snapshots.difference("sizes.json", '{\n  "A": 2\n}\n')
    assert '-  "A": 1' in changed
    assert '+  "A": 2' in changed
    assert snapshots.difference("sizes.json", '{\n  "A": 1\n}\n') == ""


def test_the_heads_of_streams_stay_where_receipts_look_for_them(root: Path) -> None:
    layout = (root / "tests" / "snapshots" / "storage.txt").read_text(encoding="utf-8")
    anchors = re.search(r"^AnchorRegistry\n((?:  .*\n)+)", layout, re.MULTILINE)
    assert anchors
    assert f"slot {HEADS_SLOT} byte 0: _logs: mapping(address => mapping(bytes32 =>" in anchors[1]
    # A log is its head alone, so the mapping's slot is the head's.
    assert "struct AnchorRegistry.Log\n    slot 0 byte 0: head: CheckpointId" in anchors[1]


def test_every_contract_has_room_below_the_size_limits(root: Path) -> None:
    sizes = json.loads((root / "tests" / "snapshots" / "sizes.json").read_text(encoding="utf-8"))
    assert sizes.keys() == set(artifacts.names())
    for size in sizes.values():
        assert size["room"] >= LEAST_ROOM
        assert size["creation"] <= INIT_CODE_LIMIT


def test_metadata_is_cut_off_whole() -> None:
    code = bytes.fromhex("6001" + "a264" + "0002")
    assert snapshots.without_metadata(code) == bytes.fromhex("6001")
    for name in artifacts.names():
        runtime = artifacts.load(name).deployed_bytecode
        kept = snapshots.without_metadata(runtime)
        assert b"solc" in runtime[len(kept) :]
        assert b"solc" not in kept

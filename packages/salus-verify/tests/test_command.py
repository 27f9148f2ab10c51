"""`salus-verify`: exit codes, and what programs read from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salus_verify import from_compact, to_compact
from salus_verify.command import run
from salus_verify.receipt import Receipt

Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with --json: exit code, what it printed, what it complained of."""

    def call(*words: object) -> tuple[int, dict[str, Any], str]:
        code = run([*map(str, words), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return call


@pytest.fixture
def receipt(good: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(good["receipts"]["anvil"]))
    return path


@pytest.fixture
def known(good: dict[str, Any], tmp_path: Path) -> list[object]:
    """All that a verifier brings besides the receipt."""
    document = tmp_path / "note.json"
    document.write_text(good["document"])
    chosen = good["receipts"]["anvil"]
    known = ["--document", document, "--block-hash", chosen["block"]["hash"], "--chain-id", 31337]
    return [*known, "--registry", chosen["registry"]]


def test_ends_with_0_when_all_of_it_is_proved(
    verify: Run, receipt: Path, known: list[object]
) -> None:
    code, shown, said = verify(receipt, *known)
    assert (code, shown["proved"], shown["missing"], said) == (0, True, [], "")
    assert shown["existedBy"] == shown["blockTime"]


def test_ends_with_6_and_names_what_is_missing(
    verify: Run, receipt: Path, known: list[object]
) -> None:
    code, shown, said = verify(receipt, *known[2:])
    assert (code, shown["missing"], shown["existedBy"]) == (6, ["document"], None)
    assert "document missing" in said


def test_ends_with_6_when_something_contradicts(
    verify: Run, receipt: Path, known: list[object], tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("another document")
    for wrong in (
        ("--document", other),
        ("--block-hash", "00" * 32),
        ("--chain-id", 1),
        ("--registry", "0x" + "12" * 20),
        ("--issuer", "0x" + "12" * 20),
    ):
        code, shown, _ = verify(receipt, *known, *wrong)
        assert (code, shown["proved"], shown["error"]) == (6, False, "ReceiptMismatch")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--block-hash", "0x12"),
        ("--registry", "0x12"),
        ("--issuer", "somebody"),
        ("--document", "/nonexistent"),
    ],
    ids=lambda wrong: wrong[0],
)
def test_ends_with_2_when_what_was_given_cannot_be_read(
    verify: Run, receipt: Path, wrong: tuple[str, ...]
) -> None:
    code, shown, said = verify(receipt, *wrong)
    assert (code, shown["proved"]) == (2, False)
    assert "salus-verify: " in said


def test_ends_with_2_when_the_receipt_cannot_be_read(verify: Run, tmp_path: Path) -> None:
    assert verify(tmp_path / "nowhere.json")[0] == 2
    assert verify(tmp_path)[0] == 2
    for content in (b"", b"{}", b"no receipt", b"\xff\xfe", b"{" * 100_000):
        (tmp_path / "wrong.json").write_bytes(content)
        code, shown, _ = verify(tmp_path / "wrong.json")
        assert (code, shown["error"]) == (2, "MalformedReceipt")


def test_reads_the_text_of_a_code(
    verify: Run, good: dict[str, Any], known: list[object], tmp_path: Path
) -> None:
    text = to_compact(Receipt.from_json(json.dumps(good["receipts"]["anvil"])))
    assert from_compact(text).proof is None
    (tmp_path / "code.txt").write_text(text + "\n")
    code, shown, _ = verify(tmp_path / "code.txt", *known)
    assert (code, shown["missing"]) == (6, ["storage proof"])


def test_verifies_an_erasure_as_far_as_no_node_is_needed(
    verify: Run, erasure: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "erased.json"
    path.write_text(json.dumps(erasure, indent=1))
    known = ("--block-hash", erasure["block"]["hash"], "--chain-id", 31337)
    registry = ("--registry", erasure["registry"])
    code, shown, _ = verify(path, *known, *registry)
    assert (code, shown["missing"]) == (6, ["control of the issuer"])
    assert shown["signature"] == "by the signer that it names"
    assert shown["record"] == erasure["report"]["record"][2:]
    assert verify(path, "--document", path)[0] == 2


def test_people_read_lines(
    receipt: Path, known: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([str(receipt), *map(str, known)]) == 0
    assert "proved           True" in capsys.readouterr().out.splitlines()


def test_an_erasure_s_receipt_is_known_in_any_spelling_of_its_type(
    verify: Run, erasure: dict[str, Any], tmp_path: Path
) -> None:
    """PHP and json-simple write a slash as ``\\/``."""
    path = tmp_path / "erased.json"
    path.write_text(json.dumps(erasure).replace("/", "\\/"))
    code, shown, _ = verify(path)
    assert (code, shown["proved"], "destroyed" in shown) == (6, False, True)


@pytest.mark.parametrize(
    "number", ["31_337", "\uff13\uff11\uff13\uff13\uff17", " 31337", "-1", "0x7a69"]
)
def test_a_chain_is_named_by_digits(receipt: Path, number: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        run([str(receipt), f"--chain-id={number}"])


def test_whoever_reads_no_further_still_gets_the_exit_code(
    receipt: Path, known: list[object]
) -> None:
    command = [sys.executable, "-m", "salus_verify", str(receipt), *map(str, known)]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_what_cannot_be_printed_is_said(receipt: Path, known: list[object]) -> None:
    command = [sys.executable, "-m", "salus_verify", str(receipt), *map(str, known)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        b"salus-verify: cannot print: No space left on device\n",
    )

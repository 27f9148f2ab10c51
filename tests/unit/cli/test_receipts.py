"""`receipts verify` and `verify-erasure`: what is brought, what is missing, what is refused."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine, Result
from tests.support.invented import DOCUMENT, invented_receipt
from tests.support.shells import Shells

from salus.primitives.roles import Role
from salus.receipts import known_registry


def told(result: Result) -> Any:
    """What a verifier printed that proved nothing."""
    assert result.code == 6, result.out + result.err
    return json.loads(result.out)


@pytest.fixture
def hospital(shell: Shells) -> CommandLine:
    opened = shell(Role.HOSPITAL)
    opened.settings = {
        "SALUS_STATE": str(opened.folder / "state"),
        "SALUS_STORAGE": (opened.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    return opened


@pytest.fixture
def record(hospital: CommandLine) -> str:
    hospital.write("note.txt", DOCUMENT)
    words = ("--patient", hospital.me, "--class", "DocumentReference", "--type", "text/plain")
    added: str = hospital("records", "add", "note.txt", *words).data["records"][0]
    return added


def brought(hospital: CommandLine, receipt: Path) -> dict[str, tuple[object, ...]]:
    """What a verifier knows from elsewhere: here, from the node."""
    named = json.loads(receipt.read_bytes())["block"]["number"]
    return {
        "chain id": ("--chain-id", hospital.place.chain.chain_id),
        "block hash": ("--block-hash", hospital.place.chain.block(named).hash),
    }


def test_a_receipt_made_of_nothing_ends_with_6(cli: CommandLine) -> None:
    cli.write("document.txt", DOCUMENT)
    for registry, missing in (
        ("0x" + "bb" * 20, ["block hash", "chain id", "registry"]),
        (known_registry(), ["block hash", "chain id"]),
    ):
        cli.write("receipt.json", invented_receipt(registry=registry).to_json())
        shown = told(cli("receipts", "verify", "receipt.json", "--document", "document.txt"))
        assert (shown["proved"], shown["existedBy"]) == (False, None)
        assert shown["missing"] == missing
    asked = cli("receipts", "verify", "receipt.json", "--document", "document.txt", "--online")
    assert asked.error[:2] == (6, "ReceiptMismatch")


def test_a_document_larger_than_memory_is_read_in_pieces(cli: CommandLine) -> None:
    with (cli.folder / "scan.raw").open("wb") as file:
        file.truncate(64 << 20)
    cli.write("receipt.json", invented_receipt(registry=known_registry()).to_json())
    tracemalloc.start()
    try:
        shown = cli("receipts", "verify", "receipt.json", "--document", "scan.raw")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shown.error[:2] == (6, "ReceiptMismatch")
    assert most < 32 << 20


def test_a_time_that_no_calendar_has_is_one_clear_line(cli: CommandLine) -> None:
    made = json.loads(invented_receipt(registry=known_registry()).to_json())
    made["block"]["timestamp"] = 9007199254740991
    cli.write("receipt.json", json.dumps(made))
    for verb in (("verify",), ("page", "--out", "page.html")):
        assert cli("receipts", *verb, "receipt.json").error[:2] == (2, "MalformedReceipt")


def test_a_record_is_proved_with_all_of_it_and_with_nothing_less(
    hospital: CommandLine, cli: CommandLine, record: str
) -> None:
    hospital("records", "receipt", record, "--out", "receipt.json")
    receipt = hospital.folder / "receipt.json"
    known = brought(hospital, receipt)
    known["document"] = ("--document", cli.write("document.txt", DOCUMENT))
    for name in known:
        words = [word for other, given in known.items() if other != name for word in given]
        assert told(cli("receipts", "verify", receipt, *words))["missing"] == [name]
    words = [word for given in known.values() for word in given]
    shown = cli("receipts", "verify", receipt, *words, "--issuer", hospital.me).data
    assert (shown["proved"], shown["missing"]) == (True, [])
    assert shown["existedBy"] == shown["blockTime"]
    for wrong in (
        ("--issuer", cli.me),
        ("--registry", cli.me),
        ("--chain-id", 1),
        ("--block-hash", "00" * 32),
    ):
        refused = cli("receipts", "verify", receipt, *words, *wrong)
        assert refused.error[:2] == (6, "ReceiptMismatch")


def test_an_erasure_is_checked_by_whoever_has_the_file(
    hospital: CommandLine, cli: CommandLine, record: str
) -> None:
    erased = hospital("records", "erase", record, "--yes", "--out", "erased.json").data
    receipt = hospital.folder / "erased.json"
    assert erased["receipt"] == "erased.json"
    assert receipt.stat().st_mode & 0o777 == 0o600

    shown = cli("receipts", "verify-erasure", receipt, "--online", "--issuer", hospital.me).data
    assert (shown["proved"], shown["record"], shown["complete"]) == (True, record, True)
    assert shown["signature"] == "by who controlled the issuer at that block"

    offline = [word for given in brought(hospital, receipt).values() for word in given]
    found = told(cli("receipts", "verify-erasure", receipt, *offline))
    assert found["missing"] == ["control of the issuer"]
    assert found["saidBy"] is None
    changed = json.loads(receipt.read_bytes())
    changed["report"]["destroyed"] = []
    cli.write("changed.json", json.dumps(changed))
    refused = cli("receipts", "verify-erasure", "changed.json", "--online")
    assert refused.error[:2] == (6, "ReceiptMismatch")


def test_nothing_is_erased_whose_receipt_could_not_be_written(
    hospital: CommandLine, record: str
) -> None:
    hospital.write("there.json", "{}")
    for out, kind in (("there.json", "InputError"), ("nowhere/erased.json", "StorageError")):
        refused = hospital("records", "erase", record, "--yes", "--out", out)
        assert refused.error[1] == kind
    assert [each["record"] for each in hospital("records", "list").data] == [record]
    assert hospital("records", "erase", record, "--yes").data["receipt"] is None
    again = hospital("records", "erase", record, "--yes", "--out", "erased.json").data
    assert again["complete"]


def test_people_are_told_of_an_erasure_in_short_lines(hospital: CommandLine, record: str) -> None:
    told = hospital("records", "erase", record, "--yes", "--out", "erased.json", json=False)
    assert told.code == 0, told.err
    assert "erased.json" in told.out
    assert "1 blobs" in told.out
    assert max(map(len, told.out.splitlines())) < 100
    assert "when" in hospital("records", "open", record, "--out", "gone.txt").error[2]

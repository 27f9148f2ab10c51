"""The demonstration on every node, with our bundle and with real ones; and when it must fail."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import HEALTH_DATA, CommandLine

from salus.chain import connect
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.demo.report import Report

pytestmark = pytest.mark.slow

SCREEN = 60
"""Lines at 80 columns."""
REFUSED = [
    "ConsentRefused",
    "ReceiptMismatch",
    "WrongRecipient",
    "TamperedBlob",
    "ConsentNotInForce",
    "ConsentNotInForce",
    "PackDecommissionedAlready",
    "counterfeit",
    "PackNotInLot",
    "LotIsRecalled",
]


def run(cli: CommandLine, *words: object, network: str) -> dict[str, Any]:
    """Run the demonstration; the first development account pays."""
    shown = cli("demo", *words, SALUS_NETWORK=network, SALUS_PRIVATE_KEY="").data
    assert [each["refused"] for each in shown["steps"] if each["refused"]] == REFUSED
    assert len(shown["proofs"]) == 7
    assert all(each["seconds"] >= 0 and each["who"] and each["what"] for each in shown["steps"])
    assert shown["gas"] == sum(each["gas"] for each in shown["steps"])
    assert set(shown["addresses"]) == {
        *("IdentityRegistry", "AccreditationRegistry", "ConsentRegistry"),
        *("AnchorRegistry", "DrugProvenance", "PasskeyVerifier"),
    }
    return dict(shown)


def test_passes_in_process(cli: CommandLine) -> None:
    shown = run(cli, network="tester")
    assert (shown["network"], shown["records"], shown["shared"]) == ("tester", 12, 10)


def test_passes_on_anvil_in_one_screen(cli: CommandLine) -> None:
    given = {"SALUS_PRIVATE_KEY": "", "COLUMNS": "80"}
    shown = cli("demo", json=False, **given)
    assert shown.code == 0, shown.err
    lines = (shown.err + shown.out).splitlines()
    assert len(lines) < SCREEN
    assert max(map(len, lines)) <= 80
    told = shown.err.splitlines()[1:]
    assert sum(bool(re.fullmatch(r" +[A-Z]\w+ +0x[0-9a-fA-F]{40}", line)) for line in told) == 6
    steps = [line for line in told if not re.fullmatch(r"[A-Z]\w+| +[A-Z]\w+ +0x\w+", line)]
    assert len(steps) == 32
    for line in steps:
        assert re.fullmatch(r"[✓✗] .* [\d,.]+ m?s", line), "a step takes more than one line"
        assert "…" not in line


def test_passes_on_hardhat(cli: CommandLine) -> None:
    try:
        with local_node("hardhat") as node:
            assert run(cli, network=node.url)["records"] == 12
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


def synthea(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "synthea-r4").glob("*.json"), key=lambda file: file.stat().st_size)


def test_passes_with_the_smallest_real_bundle(cli: CommandLine, shared_data: Path) -> None:
    check_real(cli, synthea(shared_data)[0])


@pytest.mark.demo_all
@pytest.mark.parametrize("index", range(15))
def test_passes_with_every_real_bundle(cli: CommandLine, shared_data: Path, index: int) -> None:
    file = synthea(shared_data)[index]
    seconds, records = check_real(cli, file)
    with cli.capsys.disabled():
        print(f"{seconds:6.1f} s {records:6,} records {file.stat().st_size:10,} bytes {file.name}")


def check_real(cli: CommandLine, file: Path) -> tuple[float, int]:
    """One record a resource, and nothing of anybody's in the output."""
    resources = [each["resource"] for each in json.loads(file.read_bytes())["entry"]]
    cli.hidden |= {text for each in resources for text in names(each)}
    shown = run(cli, "--bundle", file, network=cli.place.url)
    assert shown["records"] == len(resources)
    assert 0 < shown["shared"] <= shown["records"]
    return float(shown["seconds"]), int(shown["records"])


def names(resource: dict[str, Any]) -> set[str]:
    """What tells who a patient is: family name, identifiers, day of birth."""
    if resource["resourceType"] != "Patient":
        return set()
    written = {each["family"] for each in resource["name"]} | {resource["birthDate"]}
    return written | {each["value"] for each in resource["identifier"] if len(each["value"]) > 8}


def test_a_step_that_must_be_refused_and_is_not_fails_it(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def allowed(people: object, report: Report, *_: object) -> None:
        report.refusal("health", "Stranger", "opens it", error=ValueError, act=lambda: "opened")

    monkeypatch.setattr("salus.demo.health.tell", allowed)
    code, kind, message = cli("demo", SALUS_PRIVATE_KEY="").error
    assert (code, kind) == (6, "VerificationError")
    assert "Stranger opens it: this must be refused, and was not" in message


def test_refuses_a_bundle_that_is_none_before_it_sends_anything(cli: CommandLine) -> None:
    two = [{"resource": {"resourceType": "Patient", "id": each}} for each in "ab"]
    empty = {"resourceType": "Bundle", "type": "collection"}
    given = {"none": "{}", "empty": json.dumps(empty), "two": json.dumps(empty | {"entry": two})}
    with local_node("anvil") as node:
        for name, content in given.items():
            cli.write(f"{name}.json", content)
            refused = cli(
                *("demo", "--bundle", f"{name}.json"), SALUS_NETWORK=node.url, SALUS_PRIVATE_KEY=""
            )
            assert refused.code == 2, name
        assert connect(node.url).block().number == 0


def test_keeps_encrypted_records_in_a_storage_that_is_named(cli: CommandLine) -> None:
    kept = cli.folder / "kept"
    run(cli, "--storage", kept.as_uri(), network=cli.place.url)
    files = [each for each in kept.rglob("*") if each.is_file()]
    assert len(files) >= 12
    assert not any(HEALTH_DATA.search(each.read_bytes().decode("latin-1")) for each in files)


def test_leaves_the_storage_of_the_environment_alone(cli: CommandLine) -> None:
    own = cli.folder / "own"
    given = {"SALUS_PRIVATE_KEY": "", "SALUS_STORAGE": own.as_uri(), "SALUS_STATE": str(own)}
    assert cli("demo", **given).code == 0
    assert not own.exists()


@pytest.mark.parametrize(
    ("words", "kind"),
    [(["--state", "here"], "InputError"), (["--storage", "ftp://here"], "InvalidStorageUrl")],
)
def test_refuses_places_that_it_cannot_use(cli: CommandLine, words: list[str], kind: str) -> None:
    before = cli.place.chain.block().number
    assert cli("demo", *words, SALUS_PRIVATE_KEY="").error[1] == kind
    assert cli.place.chain.block().number == before

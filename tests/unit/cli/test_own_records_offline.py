"""One's own records open with no node, and a copied key database asks one first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine
from tests.support.shells import Shells
from tests.unit.cli.test_vault_at_a_terminal import equip

import salus

NOWHERE = {"SALUS_NETWORK": "http://127.0.0.1:9"}
NOTE = b"a note of no meaning"


@pytest.fixture
def keeper(shell: Shells) -> CommandLine:
    return equip(shell())


def add(keeper: CommandLine) -> str:
    path = keeper.write("note.bin", NOTE)
    told = keeper("records", "add", path, "--patient", keeper.me, "--class", "DocumentReference")
    return str(told.data["records"][0])


def test_a_record_of_ones_own_opens_and_is_listed_with_no_node(keeper: CommandLine) -> None:
    record = add(keeper)
    assert keeper("records", "list", **NOWHERE).data[0]["record"] == record
    done = keeper("records", "open", record, "--out", "note.out", **NOWHERE)
    assert done.data["bytes"] == len(NOTE)
    assert (keeper.folder / "note.out").read_bytes() == NOTE


def test_a_copied_key_database_opens_nothing_with_no_node_and_then_goes_on(
    keeper: CommandLine,
) -> None:
    record = add(keeper)
    shutil.copytree(keeper.folder / "state", keeper.folder / "copy")
    copied = {"SALUS_STATE": str(keeper.folder / "copy")}
    refused = keeper("records", "open", record, "--out", "a", **NOWHERE, **copied)
    assert refused.error[1] == "KeyDatabaseNotCompared"
    assert not (keeper.folder / "a").exists()
    assert keeper("records", "open", record, "--out", "a", **copied).code == 0
    assert keeper("records", "open", record, "--out", "b", **NOWHERE, **copied).code == 0
    assert (keeper.folder / "b").read_bytes() == NOTE


def test_another_chain_is_not_what_a_copy_is_compared_with(keeper: CommandLine) -> None:
    record = add(keeper)
    shutil.copytree(keeper.folder / "state", keeper.folder / "copy")
    copied = {"SALUS_STATE": str(keeper.folder / "copy")}
    elsewhere = {"SALUS_NETWORK": "tester", "SALUS_DEPLOYMENT": ""}
    refused = keeper("records", "open", record, "--out", "a", **elsewhere, **copied)
    assert refused.code == 2
    assert "is of chain 31337" in refused.error[2]
    assert keeper("records", "open", record, "--out", "a", **NOWHERE, **copied).code != 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"SALUS_CHAIN_ID": "1"}, "of chain 31337, and chain 1 is expected"),
        ({"SALUS_CHAIN_ID": "one"}, "is not a chain id"),
        ({"SALUS_NETWORK": "tester"}, "of chain 31337, and chain 131277322940537 is expected"),
        ({"SALUS_NETWORK": "goerli"}, "give tester, anvil, hardhat, or an http:// or https:// URL"),
    ],
)
def test_settings_that_name_another_chain_open_nothing(
    keeper: CommandLine, settings: dict[str, str], message: str
) -> None:
    record = add(keeper)
    for act in (("list",), ("open", record, "--out", "a")):
        refused = keeper("records", *act, **{**NOWHERE, **settings})
        assert refused.code == 2
        assert message in refused.error[2]


def test_a_record_is_named_in_any_spelling_and_answered_in_its_own(keeper: CommandLine) -> None:
    record = add(keeper)
    for spelling in (record.upper(), f"0x{record}"):
        for verb in ("open", "receipt"):
            done = keeper("records", verb, spelling, "--out", f"{verb}.out", "--force")
            assert done.data["record"] == record
    assert keeper("consents", "explain", record.upper()).data["record"] == record
    assert keeper("records", "erase", record.upper(), "--yes").data["record"] == record


def test_the_client_opens_a_vault_with_no_node(
    keeper: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = add(keeper)
    monkeypatch.setenv("SALUS_PASSPHRASE", keeper.settings["SALUS_PASSPHRASE"])
    vault = salus.open_vault(
        NOWHERE["SALUS_NETWORK"],
        storage=keeper.settings["SALUS_STORAGE"],
        state=Path(keeper.settings["SALUS_STATE"]),
    )
    assert vault.open(vault.manifest(record)).read() == NOTE
    vault.close()

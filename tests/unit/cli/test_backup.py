"""`salus vault backup`: taken while others work, and rehearsed as operations.md says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine
from tests.support.shells import Shells
from tests.unit.cli.test_own_records_offline import NOTE, NOWHERE, add
from tests.unit.cli.test_vault_at_a_terminal import equip

import salus

pytestmark = pytest.mark.slow


@pytest.fixture
def keeper(shell: Shells) -> CommandLine:
    return equip(shell())


def test_a_backup_is_taken_while_others_work_and_opens_when_rehearsed(
    keeper: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = add(keeper), keeper.folder
    monkeypatch.setenv("SALUS_DEPLOYMENT", str(keeper.place.deployment))
    monkeypatch.setenv("SALUS_PASSPHRASE", PASSPHRASE)
    with salus.connect(
        keeper.place.url,
        account=keeper.account,
        state=folder / "state",
        storage=(folder / "blobs").as_uri(),
    ) as beside:
        assert beside.vault.manifest(record)
        made = keeper("vault", "backup", "backup", **NOWHERE).data
    names = ["keys.sqlite", "logs.sqlite", f"{keeper.me.lower()}.keys.json"]
    assert [Path(each).name for each in made["files"]] == names
    assert {each.name for each in (folder / "backup").iterdir()} - set(names) <= {
        f".{names[2]}.lock"
    }
    assert {(folder / each).stat().st_mode & 0o777 for each in made["files"]} == {0o600}

    later = keeper("records", "erase", record, "--yes", "--out", "erased.json").data
    assert later["complete"]
    shutil.rmtree(folder / "state")
    shutil.copytree(folder / "backup", folder / "copy")
    keeper.settings["SALUS_STATE"] = str(folder / "copy")
    # what was erased since the backup is erased in the copy as well, by the chain
    assert keeper("records", "open", record, "--out", "gone").error[1] != "MissingRecord"
    assert not (folder / "gone").exists()


def test_a_rehearsed_backup_opens_its_records(keeper: CommandLine) -> None:
    record, folder = add(keeper), keeper.folder
    keeper("vault", "backup", "backup")
    shutil.copytree(folder / "backup", folder / "copy")
    keeper.settings["SALUS_STATE"] = str(folder / "copy")
    assert keeper("vault", "check").data["sound"]
    assert keeper("records", "open", record, "--out", "note.out").code == 0
    assert (folder / "note.out").read_bytes() == NOTE


def test_a_backup_takes_a_folder_of_its_own_and_the_passphrase(keeper: CommandLine) -> None:
    add(keeper)
    keeper.write("mine.txt", "mine")
    code, kind, message = keeper("vault", "backup", ".").error
    assert (code, kind, "is not empty" in message) == (2, "InputError", True)
    wrong = keeper("vault", "backup", "backup", SALUS_PASSPHRASE="a wrong guess")
    assert wrong.error[:2] == (4, "WrongPassphrase")
    assert not (keeper.folder / "backup").exists()
    assert PASSPHRASE not in wrong.out + wrong.err

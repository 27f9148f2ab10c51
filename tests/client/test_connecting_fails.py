"""A connection that fails leaves nothing open, and odd paths are paths."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

import pytest

import salus
from salus.config import Settings
from salus.errors import CredentialError
from salus.vault import Compartment

LABS = Compartment(patient="0x" + "cd" * 20, resource_class="Observation.laboratory")


def open_databases() -> list[str]:
    links = Path("/proc/self/fd").iterdir()
    found = [os.readlink(each) for each in links if each.is_symlink()]
    return [each for each in found if ".sqlite" in each]


@pytest.mark.skipif(sys.platform != "linux", reason="lists a process's files by /proc")
def test_nothing_stays_open_where_connecting_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, state = f"file://{tmp_path}/blobs", tmp_path / "state"
    monkeypatch.setenv("SALUS_PASSPHRASE", "the right one")
    salus.connect("tester", storage=storage, state=state).close()
    before = open_databases()
    monkeypatch.setenv("SALUS_PASSPHRASE", "a wrong one")
    with pytest.raises(CredentialError) as kept:
        salus.connect("tester", storage=storage, state=state)
    assert kept.value is not None
    assert open_databases() == before


@pytest.mark.parametrize(
    "name",
    ["2026-11-30T00:30", "per%20cent", "ha#sh qu?ery", os.fsdecode(b"byte\xff")],
    ids=["colon", "percent", "marks", "not-utf8"],
)
def test_a_state_folder_may_have_any_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    settings = {"storage": f"file://{tmp_path}/blobs", "state": tmp_path / name}
    with salus.connect("tester", **settings) as me:
        added = me.vault.add(b"x", compartment=LABS, media_type="text/plain", created_at=1)
    with closing(salus.open_vault("tester", **settings)) as vault:
        assert vault.open(vault.manifest(added.manifest.record.hex())).read() == b"x"
    assert {each.suffix for each in (tmp_path / name).iterdir()} >= {".sqlite", ".json"}


def test_a_home_in_a_setting_is_the_persons_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    assert Settings.load(dotenv=None, environment={"SALUS_STATE": "~/salus"}).state == (
        "/home/ana/salus"
    )

"""What `salus doctor` finds of this installation."""

from __future__ import annotations

import json
import sqlite3

import pytest
from tests.support.command_line import CommandLine


def test_doctor_names_a_sqlite_that_is_too_old(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sqlite() -> list[dict[str, object]]:
        return [each for each in json.loads(cli("doctor").out) if each["check"] == "sqlite"]

    found = {"check": "sqlite", "ok": True, "found": sqlite3.sqlite_version}
    assert sqlite() == [found]
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    (refused,) = sqlite()
    assert not refused["ok"]
    assert "3.34.1, and 3.37 or newer is needed" in str(refused["found"])

"""The program that docs/vault.md begins with runs as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.conftest import CHAIN, NOW, PATIENT

from salus.chain import Account


def test_the_manuals_first_program_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (root / "docs" / "vault.md").read_text(encoding="utf-8")
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    program = program.replace("/srv/", f"{tmp_path.as_posix()}/")
    (tmp_path / "study.dcm").write_bytes(b"\0" * 128 + b"DICM")
    monkeypatch.chdir(tmp_path)
    given = {"account": Account.create(), "patient": PATIENT, "now": NOW, "chain_id": CHAIN}
    names = {**given, "passphrase": "a long passphrase of the manual"}
    exec(program, names)  # noqa: S102 - our own page
    assert len(names["added"].leaf) == 32
    assert (tmp_path / "keys.db").is_file()
    names["vault"].close()

"""The programs of docs/mail.md run as they are written, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from salus.chain import Chain
from salus.testing import people


def test_a_letter_of_the_manual_arrives(
    root: Path, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    team = people(chain, ["manufacturer", "pharmacist"])
    maker, pharmacy = team.manufacturer, team.pharmacist
    pharmacy.mail.announce("memory://inbox-of-the-manuals-pharmacy")
    page = (root / "docs" / "mail.md").read_text(encoding="utf-8")
    names = {"maker": maker, "pharmacy": pharmacy}
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(program, names)  # noqa: S102 - our own page
    assert capsys.readouterr().out == f"{maker.identity} says AB-12: impurity found\n"


def test_the_page_names_the_kinds_that_are_taken(root: Path) -> None:
    from salus.records.letter_takers import KINDS

    page = (root / "docs" / "mail.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in page for kind in KINDS)

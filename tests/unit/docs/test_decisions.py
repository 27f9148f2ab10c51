"""Decisions have one form, and an index that names them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs" / "adr"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
STATUS = re.compile(r"accepted|(?:accepted; in part )?replaced by (\d{4})")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_the_one_form(page: Path) -> None:
    text = page.read_text("utf-8")
    assert re.match(rf"# {page.name[:4]} — \S.*\n\n\*\*Status:\*\* ", text)
    named = re.findall(
        r"^\*\*(Status:|Context\.|Decision\.|Consequences\.)\*\*", text, re.MULTILINE
    )
    assert named == ["Status:", "Context.", "Decision.", "Consequences."]
    [status] = re.findall(r"^\*\*Status:\*\* (.*)$", text, re.MULTILINE)
    told = STATUS.fullmatch(status)
    assert told
    assert told[1] is None or list(FOLDER.glob(f"{told[1]}-*.md"))


def test_the_index_names_every_decision_by_its_heading() -> None:
    index = re.findall(
        r"^- \[(.*)\]\((.*)\)$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert index == [(page.read_text("utf-8").splitlines()[0][2:], page.name) for page in PAGES]


def test_no_two_decisions_share_a_number() -> None:
    assert len({page.name[:4] for page in PAGES}) == len(PAGES)

"""The page that compares our gas with peers' is what was measured, and hides no loss."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from benchmarks.gas import page, peers
from benchmarks.gas.comparison import ACTS, CITED, LOSSES, UnexplainedLoss, compare, ours_of

ROW = re.compile(
    r"^\| (?P<act>.*?) \| (?P<theirs>[\d,]+) \| `?(?P<ours>.*?)`? \| \**(?P<gas>[\d,]+)"
)


@pytest.fixture(scope="module")
def rows(root: Path) -> list[re.Match[str]]:
    text = (root / "docs" / "gas.md").read_text(encoding="utf-8")
    measured = text.partition("<!-- measured -->")[2]
    return [found for line in measured.splitlines() if (found := ROW.match(line))]


def test_the_page_shows_every_comparison(rows: list[re.Match[str]]) -> None:
    wanted = [(act, ours) for acts in ACTS.values() for act, _, ours in acts]
    wanted += [(act, ours) for act, _, ours in CITED]
    assert [(row["act"], row["ours"]) for row in rows] == wanted


def test_our_figures_on_the_page_are_those_of_the_snapshot(
    rows: list[re.Match[str]], root: Path
) -> None:
    text = (root / "tests" / "snapshots" / "gas.json").read_text(encoding="utf-8")
    snapshot = {act: int(gas) for act, gas in json.loads(text).items()}
    compared = 0
    for row in rows:
        if row["ours"].startswith(("none", "sha256")):
            continue
        shown = int(row["gas"].replace(",", ""))
        assert shown == pytest.approx(ours_of(row["ours"], snapshot), rel=0.01), row["ours"]
        compared += 1
    assert compared > 20


def test_every_loss_on_the_page_is_explained(rows: list[re.Match[str]], root: Path) -> None:
    text = (root / "docs" / "gas.md").read_text(encoding="utf-8")
    lost = [
        row["act"]
        for row in rows
        if int(row["gas"].replace(",", "")) > int(row["theirs"].replace(",", ""))
    ]
    assert len(lost) == len(LOSSES)
    for act in lost:
        assert f"- **{act}**" in text


def test_a_loss_without_a_reason_fails_the_run() -> None:
    theirs = dict.fromkeys((act for _, act, _ in ACTS["onchainid"]), 10)
    ours = {"identity_add_delegate_first": 11, "accredit_first": 9}
    with pytest.raises(UnexplainedLoss, match="addKey"):
        compare("onchainid", theirs, ours)


def test_a_package_with_another_digest_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "CACHE", tmp_path)
    for key, entry in json.loads(peers.PEERS.read_text(encoding="utf-8")).items():
        (tmp_path / f"{key}-{entry['version']}.tgz").write_bytes(b"something else")
        with pytest.raises(peers.PeerUnavailable, match="another digest"):
            peers.Peer(key)
    assert list(tmp_path.iterdir()) == []


def test_the_tables_go_between_the_markers_and_nowhere_else(tmp_path: Path) -> None:
    written = tmp_path / "gas.md"
    written.write_text("before\n<!-- measured -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    assert page.write(r"new \1", written)
    assert written.read_text(encoding="utf-8") == (
        "before\n<!-- measured -->\nnew \\1\n<!-- end -->\nafter\n"
    )
    assert not page.write(r"new \1", written)


def test_what_passkeys_cost_stands_on_the_page(root: Path) -> None:
    text = (root / "docs" / "gas.md").read_text(encoding="utf-8")
    snapshot = json.loads((root / "tests" / "snapshots" / "gas.json").read_text(encoding="utf-8"))
    for act in ("consent_grant_by_passkey", "consent_grant_by_passkey_with_precompile"):
        assert f"{int(snapshot[act]):,}" in text

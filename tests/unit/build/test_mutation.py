"""Outcomes of the mutation test: kept while what decided them stays the same, tried again after."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mutation import report, results
from mutation.grounds import FOLDERS, digest
from mutation.mutants import Mutant
from mutation.mutate import wanted
from mutation.results import Outcome
from mutation.stage import Stage

UNIT = "contracts/anchor/AnchorRegistry.sol"
FILES = {
    UNIT: 'import {Checkpoint} from "./Checkpoint.sol";\n',
    "contracts/anchor/Checkpoint.sol": "type Checkpoint is bytes32;\n",
    "contracts/mocks/Account.sol": "contract Account {}\n",
    "contracts/Other.sol": "contract Other {}\n",
    "node_modules/@lib/Lib.sol": "library Lib {}\n",
    "tests/contracts/anchor/Anchoring.t.sol": 'import "./AnchorTest.sol";\n// test_anchors\n',
    "tests/contracts/anchor/AnchorTest.sol": (
        'import "../base/Fixture.sol";\nimport "@lib/Lib.sol";\n'
    ),
    "tests/contracts/base/Fixture.sol": (
        'import "../../../contracts/anchor/AnchorRegistry.sol";\n'
        'import "../../../contracts/mocks/Account.sol";\n'
        'string constant DATA = "/tests/vectors/roots.json";\n'
    ),
    "tests/contracts/drug/Drug.t.sol": "// test_ships\n",
    "tests/vectors/roots.json": "[]",
    "tests/vectors/others.json": "[]",
    "foundry.toml": (
        "[profile.default]\nseed = 1\n[profile.mutate]\nruns = 2\n[profile.gas]\nx = 3\n"
    ),
}
FAULT = Mutant(UNIT, "literal", "anchor", 1, 0, 1, "1", "2", "00")
KILLED = Outcome("killed", "test_anchors", 1.0, "aa", "2026-11-22", "`abc`")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def append(name: str, text: str = "// more\n") -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(FILES.get(name, "") + text, encoding="utf-8")


def rewrite(name: str, before: str, after: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(FILES[name].replace(before, after), "utf-8")


@pytest.mark.parametrize(
    "edit",
    [
        append(UNIT),
        append("contracts/anchor/Checkpoint.sol"),
        append("contracts/mocks/Account.sol"),
        append("node_modules/@lib/Lib.sol"),
        append("tests/contracts/anchor/Anchoring.t.sol"),
        append("tests/contracts/anchor/Another.t.sol"),
        append("tests/contracts/base/Fixture.sol"),
        append("tests/vectors/roots.json", " "),
        rewrite("foundry.toml", "seed = 1", "seed = 2"),
        rewrite("foundry.toml", "runs = 2", "runs = 1"),
        lambda root: (root / "tests/contracts/anchor/Anchoring.t.sol").unlink(),
        lambda root: (root / "tests/vectors/roots.json").unlink(),
        lambda root: shutil.rmtree(root / "tests/contracts/anchor"),
    ],
)
def test_what_decides_an_outcome_makes_it_stale(
    project: Path, edit: Callable[[Path], object]
) -> None:
    before = digest(project, UNIT)
    edit(project)
    assert digest(project, UNIT) != before


@pytest.mark.parametrize(
    "edit",
    [
        append("contracts/Other.sol"),
        append("tests/contracts/drug/Drug.t.sol"),
        append("tests/vectors/others.json", " "),
        append("foundry.toml", "# more\n"),
        rewrite("foundry.toml", "x = 3", "x = 4"),
    ],
)
def test_what_has_no_part_in_an_outcome_leaves_it(
    project: Path, edit: Callable[[Path], object]
) -> None:
    before = digest(project, UNIT)
    edit(project)
    assert digest(project, UNIT) == before


def test_folders_of_tests_are_there(root: Path) -> None:
    for unit, names in FOLDERS.items():
        assert (root / unit).is_file(), unit
        for name in names:
            assert list((root / "tests" / "contracts" / name).glob("*.t.sol")), name


def test_outcomes_are_read_as_written(tmp_path: Path) -> None:
    file = tmp_path / "mutants.jsonl"
    assert results.read({FAULT.id: FAULT}, file) == {}
    results.write({FAULT.id: FAULT}, {FAULT.id: KILLED}, file)
    assert results.read({FAULT.id: FAULT}, file) == {FAULT.id: KILLED}
    assert results.read({}, file) == {}


def test_the_latest_outcome_counts(tmp_path: Path) -> None:
    file = tmp_path / "mutants.jsonl"
    later = replace(KILLED, verdict="survived", by="")
    file.write_text(results.line(FAULT, KILLED) + results.line(FAULT, later), encoding="utf-8")
    assert results.read({FAULT.id: FAULT}, file) == {FAULT.id: later}


def test_an_outcome_without_grounds_is_stale(tmp_path: Path) -> None:
    bare = Outcome("killed", "test_anchors", 1.0)
    kept = {"bare": bare, "other": replace(KILLED, grounds="bb"), "same": KILLED}
    mutants = dict.fromkeys(kept, FAULT)
    assert results.current(mutants, kept, {UNIT: "aa"}) == {"same": KILLED}


def test_goes_on_where_it_stopped() -> None:
    order = [replace(FAULT, start=place) for place in range(6)]
    outcomes = {
        order[0].id: KILLED,
        order[1].id: replace(KILLED, verdict="invalid"),
        order[2].id: replace(KILLED, verdict="survived"),
    }
    assert wanted(order, outcomes, {}, 4) == order[3:5]
    assert wanted(order, outcomes, {}, 2) == []


def test_stale_outcomes_are_tried_again_whatever_their_verdict_and_place() -> None:
    order = [replace(FAULT, start=place) for place in range(6)]
    stale = {order[at].id: replace(KILLED, verdict="survived") for at in (1, 5)}
    assert wanted(order, {order[0].id: KILLED}, stale, 2) == [order[1], order[5]]
    assert wanted(order, dict.fromkeys((each.id for each in order), KILLED), stale, 2) == []


@pytest.mark.parametrize(
    ("by", "fails", "runs", "verdict"),
    [
        ("test_a", "test_a", ["test_a"], ("killed", "test_a")),
        ("test_a", "test_b", ["test_a", ""], ("killed", "test_b")),
        ("test_a", "", ["test_a", "", ""], ("survived", "")),
        ("setUp", "setUp", [""], ("killed", "setUp")),
        ("", "test_b", [""], ("killed", "test_b")),
    ],
)
def test_the_test_that_killed_before_runs_first(
    monkeypatch: pytest.MonkeyPatch,
    by: str,
    fails: str,
    runs: list[str],
    verdict: tuple[str, str],
) -> None:
    asked = []

    def forge(names: object, settings: object, test: str = "") -> tuple[int, str]:
        asked.append(test)
        failed = bool(fails) and test in ("", fails)
        return int(failed), f"[FAIL: wrong] {fails}()" if failed else ""

    stage = Stage(0)
    monkeypatch.setattr(stage, "_forge", forge)
    assert stage._judge(["anchor"], by) == verdict
    assert asked == runs


def test_the_page_says_of_which_commits_the_outcomes_are() -> None:
    later = replace(KILLED, date="2026-11-23", commit="`def` with uncommitted changes")
    assert report.obtained([later, KILLED, KILLED]) == (
        "Measured 2026-11-22 at commit `abc` (2); 2026-11-23 at commit `def` with uncommitted "
        "changes (1) by `make mutate`."
    )


def test_an_answer_fits_the_text_wherever_it_stands_and_a_kill_contradicts_it() -> None:
    answers = {(UNIT, "anchor", "1", "2"): {"equivalent": "true"}}
    moved = replace(FAULT, line=9, start=90, source="11")
    assert report.contradicted([moved], [moved], answers) == []
    assert report.contradicted([moved], [], answers) == [moved]
    assert report.contradicted([replace(moved, after="3")], [], answers) == []

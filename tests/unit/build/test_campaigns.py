"""The long campaigns: each invariant has a seed of its own; a proof counts only when whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

import fuzz
import prove
from mutation.mutants import LEFT_OUT
from mutation.report import read_answers


def result(exitcode: int, paths: Sequence[int], loops: int = 0) -> dict[str, object]:
    return {
        "name": "check_a(uint256)",
        "exitcode": exitcode,
        "num_paths": list(paths),
        "time": [1.5, 1.0, 0.5],
        "num_bounded_loops": loops,
    }


def test_every_invariant_runs_once_a_round_with_a_seed_of_its_own(root: Path) -> None:
    tasks = list(fuzz.tasks("", 2))
    invariants = [task for task in tasks if task.test != "testFuzz"]
    text = "".join(f.read_text("utf-8") for f in (root / "tests/contracts").rglob("*.t.sol"))
    assert len(invariants) == 2 * len(re.findall(r"function invariant_", text))
    assert len({task.seed for task in invariants}) == len(invariants)


def test_the_campaign_is_split_by_contract() -> None:
    assert {task.machine for task in fuzz.tasks("drug", 1)} == {
        "DrugInvariantTest",
        "fuzz tests of drug",
    }


@pytest.mark.parametrize(
    ("prefix", "outcome", "holds"),
    [
        ("check_", result(0, (5, 4, 0)), True),
        ("check_", result(1, (5, 4, 0)), False),
        ("check_", result(0, (5, 0, 0)), False),
        ("check_", result(0, (5, 4, 1)), False),
        ("check_", result(0, (5, 4, 0), loops=1), False),
        ("witness_", result(1, (5, 4, 0)), True),
        ("witness_", result(0, (5, 4, 0)), False),
    ],
)
def test_a_proof_counts_when_whole_and_a_witness_when_refuted(
    prefix: str, outcome: dict[str, object], holds: bool
) -> None:
    assert prove._read("Some", outcome, prefix).holds is holds


def test_every_contract_of_proofs_has_a_witness(root: Path) -> None:
    files = sorted((root / prove.PROOFS).glob("*.t.sol"))
    assert files
    for file in files:
        assert "function witness_" in file.read_text(encoding="utf-8"), file.name


def test_answers_about_survivors_speak_of_what_is_there(root: Path) -> None:
    answers = read_answers()
    assert answers
    for file, function, before, _ in answers:
        assert not file.startswith(LEFT_OUT)
        text = (root / file).read_text(encoding="utf-8")
        assert before in text
        assert not function or f"function {function}(" in text or function == "constructor"

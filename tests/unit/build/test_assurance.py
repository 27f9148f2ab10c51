"""What the scripts around slither and coverage make of those tools' reports."""

from __future__ import annotations

from pathlib import Path

import pytest

import measure_coverage
import run_slither

REPORT = """TN:
SF:contracts/Owner.sol
DA:10,3
DA:11,0
BRDA:10,0,0,3
BRDA:10,0,1,-
end_of_record
SF:contracts/mocks/Liar.sol
DA:1,0
end_of_record
SF:tests/contracts/Owner.t.sol
DA:1,1
end_of_record
"""


def test_coverage_counts_our_contracts_only() -> None:
    files = measure_coverage.parse(REPORT)
    assert [each.file for each in files] == ["contracts/Owner.sol"]
    assert measure_coverage.summary(files) == (50.0, 50.0)
    assert files[0].missed == ["11", "10 branch 0.1"]


def test_coverage_of_nothing_is_none() -> None:
    assert measure_coverage.summary(measure_coverage.parse("")) == (0.0, 0.0)


FINDING = {
    "check": "timestamp",
    "description": "A.f()\n\tuses\n",
    "elements": [{"name": "f", "source_mapping": {"filename_relative": "contracts/A.sol"}}],
}


def test_a_finding_becomes_one_line() -> None:
    assert run_slither.findings([FINDING], []) == ["timestamp: A.f() uses"]


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        (run_slither.Answer("timestamp", "days", "contracts/A.sol"), True),
        (run_slither.Answer("timestamp", "days", names=("f", "g")), True),
        (run_slither.Answer("timestamp", "days", "contracts/B.sol"), False),
        (run_slither.Answer("timestamp", "days", names=("g",)), False),
        (run_slither.Answer("assembly", "days", "contracts/A.sol"), False),
    ],
)
def test_an_answer_fits_by_detector_file_and_name(answer: run_slither.Answer, fits: bool) -> None:
    lines = run_slither.findings([FINDING], [answer])
    assert len(lines) == (0 if fits else 2)
    assert any("not there" in line for line in lines) is not fits


def test_an_answer_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('[[answer]]\ndetector = "timestamp"\nwhy = " "\n', encoding="utf-8")
    with pytest.raises(ValueError, match="timestamp gives no reason"):
        run_slither.answers(file)


def test_every_answer_gives_a_reason_and_names_a_file_that_is_there() -> None:
    assert run_slither.answers()
    for answer in run_slither.answers():
        assert not answer.file or (run_slither.ROOT / answer.file).is_file()

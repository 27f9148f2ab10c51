"""What the scripts around slither and coverage make of those tools' reports."""

from __future__ import annotations

from pathlib import Path

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


def test_a_finding_becomes_one_line() -> None:
    found = [{"check": "timestamp", "description": "A.f()\n\tuses\n", "elements": []}]
    assert run_slither.findings(found) == ["timestamp: A.f() uses"]


def test_an_answer_to_nothing_is_a_finding_unless_it_is_a_librarys() -> None:
    ours = {"file": str(run_slither.CONTRACTS / "A.sol"), "line": 3, "unused_detectors": ["x"]}
    theirs = {**ours, "file": str(run_slither.ROOT / "node_modules" / "B.sol")}
    found = [{"check": "unused-ignore-directive", "unused_ignores": [ours, theirs]}]
    assert run_slither.findings(found) == [
        "contracts/A.sol:3 answers a finding that is not there: x"
    ]


def test_an_answer_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "A.sol").write_text(
        "// slither-disable-next-line timestamp -- days\n"
        "// slither-disable-next-line timestamp\n"
        "// slither-disable-start\n"
        "// slither-disable-end timestamp\n",
        encoding="utf-8",
    )
    refused = run_slither.unreasoned(tmp_path)
    assert [line.split(":")[1].split()[0] for line in refused] == ["2", "3"]
    assert run_slither.answered(tmp_path) == 3


def test_every_answer_in_the_sources_gives_a_reason() -> None:
    assert run_slither.answered() > 0
    assert run_slither.unreasoned() == []

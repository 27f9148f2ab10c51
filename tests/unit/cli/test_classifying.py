"""``records classify`` shows what consents would look at, and why; it asks no node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.command_line import check_shape

from salus.cli import main

SCHIZOPHRENIA = {
    "resourceType": "Condition",
    "id": "c",
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F20.0"}]},
    "recordedDate": "1970-01-02",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "condition.json"
    path.write_text(json.dumps(SCHIZOPHRENIA))
    return path


def test_each_label_has_its_reason(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["records", "classify", str(file), "--json"]) == 0
    shown = capsys.readouterr().out
    check_shape("records classify", shown)
    assert json.loads(shown)["resources"] == [
        {
            "type": "Condition",
            "id": "c",
            "class": "Condition",
            "sensitivities": ["BH", "MH", "PSY"],
            "confidentiality": "R",
            "from": 86400,
            "until": 172800,
            "why": [
                {
                    "element": "code.coding[0]",
                    "found": "F20.0",
                    "reason": "psychotic disorder",
                    "confidence": "strong",
                    "sensitivities": ["BH", "MH", "PSY"],
                }
            ],
        }
    ]


def test_ones_own_table_counts_and_a_fault_in_it_is_named(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "own.txt"
    table.write_text("salus sensitivity table 1\nversion ours\n")
    words = ["records", "classify", str(file), "--sensitivity-table", str(table)]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["table"].endswith("+ ours")
    table.write_text("salus sensitivity table 1\nversion ours\n7 PSY a ward\n")
    assert main(words) == 2
    assert "line 3" in capsys.readouterr().err

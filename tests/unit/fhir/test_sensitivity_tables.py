"""A licensed user's table counts beside the standard one, or is refused with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from salus.fhir.errors import InvalidSensitivityTable
from salus.fhir.sensitivity.standard import read_table, standard
from salus.fhir.sensitivity.table import SensitivityTable

HEAD = "salus sensitivity table 1\nversion ours\n"
SYSTEM = "system urn:wards urn:oid:1.2.3\nsource our wards\n"


def labels(table: SensitivityTable, system: str, code: str) -> set[str]:
    return {label for each in table.of_code(system, code) for label in each.sensitivities}


@pytest.fixture
def own(tmp_path: Path) -> SensitivityTable:
    file = tmp_path / "wards.txt"
    file.write_text(
        HEAD + SYSTEM + "complete\n7 PSY our ward 7\nP1..P3 HIV+SDV? other wards\n"
        "system urn:atc\nsource our licence\nprefixes\nN05A PSY drugs for psychoses\n"
        "words\nETHUD: blue cross meet*\nexcept: blue cross meeting room; depression\n"
    )
    return read_table(file)


def test_each_name_of_a_system_finds_its_rows_with_their_kin(own: SensitivityTable) -> None:
    for name in ("urn:wards", "urn:oid:1.2.3"):
        assert labels(own, name, "7") == {"PSY", "MH", "BH"}
        assert labels(own, name, "P2") == {"HIV", "STD", "SEX", "SDV", "VIO"}
        assert labels(own, name, "77") == labels(own, name, "P22") == set()


def test_prefixes_reach_what_is_below(own: SensitivityTable) -> None:
    assert labels(own, "urn:atc", "N05AH03") == {"PSY", "MH", "BH"}
    assert labels(own, "urn:atc", "N05BA") == set()


def test_it_counts_beside_the_standard_table(own: SensitivityTable) -> None:
    assert labels(own, "http://hl7.org/fhir/sid/icd-10-cm", "F20") == {"PSY", "MH", "BH"}
    assert own.version == f"{standard().version} + ours"
    assert [each.found for each in own.of_words("a Blue-Cross meeting")] == ["blue cross meeting"]


def test_exceptions_are_of_their_own_table_s_words(own: SensitivityTable) -> None:
    assert own.of_words("the blue cross meeting room") == ()
    assert [each.found for each in own.of_words("depression")] == ["depression"]


def test_what_is_complete_is_read_and_all_else_is_not(own: SensitivityTable) -> None:
    assert own.is_read("urn:wards", "99")
    assert own.is_read("urn:atc", "N05A")
    assert not own.is_read("urn:atc", "C01")
    assert not own.is_read("http://snomed.info/sct", "1")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "first line"),
        ("salus sensitivity table 2\n", 1, "first line"),
        ("salus sensitivity table 1\n", 1, "version"),
        (HEAD + "7 PSY a ward", 3, "before any"),
        (HEAD + "system", 3, "names no code system"),
        (HEAD + "system urn:wards\n7 PSY ward\nwords\nPSY: x", 5, "source"),
        (HEAD + SYSTEM + "7 PSI ward", 5, "'PSI' is not a sensitivity"),
        (HEAD + SYSTEM + "7 PSY", 5, "a row is"),
        (HEAD + SYSTEM + "9..7 PSY ward", 5, "not a range"),
        (HEAD + SYSTEM + "7..10 PSY ward", 5, "not a range"),
        (HEAD + SYSTEM + "7 PSY ward\ncomplete", 6, "before the rows"),
        (HEAD + SYSTEM + SYSTEM, 5, "stands twice"),
        (HEAD + SYSTEM + "complete\nwords\nPSY: x", 6, "add rows"),
        (HEAD + "system http://snomed.info/sct\nsource s\ncomplete", 5, "add rows"),
        (HEAD + "words\nPSY drunk", 4, "words are"),
        (HEAD + "words\nPSY: a*", 4, "not a phrase"),
        (HEAD + "words\nPSY: *pam", 4, "not a phrase"),
        (HEAD + "kin PSY XYZ", 3, "'XYZ' is not a sensitivity"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(InvalidSensitivityTable, match=problem) as refused:
        SensitivityTable.parse(text, name="wards.txt")
    assert (refused.value.name, refused.value.line) == ("wards.txt", line)
    assert "docs/terms.md" in str(refused.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe9")
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "latin", ".", "pipe", "/dev/zero"):
        with pytest.raises(InvalidSensitivityTable):
            read_table(tmp_path / name)


def test_each_system_of_the_standard_table_names_its_source() -> None:
    text = (Path(__file__).parents[3] / "src/salus/fhir/sensitivity/standard.txt").read_text()
    systems = text.split("\nsystem ")[1:]
    assert all("\nsource " in each for each in systems)
    assert "snomed" not in text.split("\nwords")[0].lower()

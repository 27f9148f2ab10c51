"""Every theft that docs/trust.md tells is performed by a test, and none is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CITED = re.compile(r"\[(\w+Test)\.(test\w+)\]")
CONTRACT = re.compile(r"^contract (\w+)", re.MULTILINE)
FUNCTION = re.compile(r"function (test\w+)\(")

ROLES = (
    "Governance, Accreditor, Deployer, Relayer, Patient, One guardian, Guardians at the threshold,"
    " All guardians, Delegate, Clinician, Emergency clinician, Hospital, Maker,"
    " Authorisation holder, Distributor, Pharmacy, Regulator"
).split(", ")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "trust.md").read_text(encoding="utf-8")


def performed_in(folder: Path) -> set[tuple[str, str]]:
    found = set()
    for file in folder.rglob("*.t.sol"):
        parts = CONTRACT.split(file.read_text(encoding="utf-8"))
        for contract, body in zip(parts[1::2], parts[2::2], strict=True):
            found |= {(contract, name) for name in FUNCTION.findall(body)}
    return found


def test_every_test_that_is_cited_exists(page: str, root: Path) -> None:
    cited = set(CITED.findall(page))
    assert cited - performed_in(root / "tests" / "contracts") == set()


def test_every_theft_that_is_performed_is_told(page: str, root: Path) -> None:
    performed = performed_in(root / "tests" / "contracts" / "trust")
    assert performed - set(CITED.findall(page)) == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_row_with_tests(page: str, role: str) -> None:
    (row,) = [line for line in page.splitlines() if line.startswith(f"| **{role}**")]
    assert row.count(" | ") == 4
    assert CITED.search(row) or "see below" in row


THEFTS = (
    "Node operator, An issuer's key, A guardian's key, A relay's key, A passkey, A state folder,"
    " A key database file alone, An outbox's file,"
    " An index's file, A storage"
).split(", ")
FILE = re.compile(r"`(tests/[a-z_/]+\.py)`")


@pytest.mark.parametrize("theft", THEFTS)
def test_every_theft_has_its_remedy_and_a_test_to_the_end(page: str, theft: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith(f"| **{theft}")]
    assert rows
    for row in rows:
        assert row.count(" | ") == 4
        assert FILE.search(row) or CITED.search(row)


def test_every_file_of_tests_that_is_named_is_there(page: str, root: Path) -> None:
    assert [each for each in FILE.findall(page) if not (root / each).is_file()] == []

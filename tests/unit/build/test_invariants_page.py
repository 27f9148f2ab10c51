"""docs/invariants.md names tests that exist, and names every invariant and every proof."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HELD_BY = re.compile(r"`(\w+(?:Test|Proofs))\.(\w+)`")
PYTHON = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FUNCTION = re.compile(r"\bfunction ((?:test|invariant_|check_)\w*)\(")
CONTRACT = re.compile(r"^contract (\w+)", re.MULTILINE)


def functions_in(source: str) -> set[tuple[str, str]]:
    parts = CONTRACT.split(source)
    return {
        (contract, function)
        for contract, body in zip(parts[1::2], parts[2::2], strict=True)
        for function in FUNCTION.findall(body)
    }


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "invariants.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tests(root: Path) -> set[tuple[str, str]]:
    files = (root / "tests" / "contracts").rglob("*.t.sol")
    return {each for file in files for each in functions_in(file.read_text(encoding="utf-8"))}


def test_reads_functions_with_their_contract() -> None:
    source = "contract ATest is B {\n function test_a() public {}\n}\ncontract C {\n f();\n}\n"
    assert functions_in(source) == {("ATest", "test_a")}


def test_every_named_test_exists(page: str, tests: set[tuple[str, str]]) -> None:
    named = set(HELD_BY.findall(page))
    assert named
    assert named - tests == set()


def test_every_named_python_test_exists(page: str, root: Path) -> None:
    named = PYTHON.findall(page)
    assert named
    for file, name in named:
        assert re.search(rf"^{name}\b", (root / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_invariant_and_every_proof_is_told(page: str, tests: set[tuple[str, str]]) -> None:
    long = {each for each in tests if each[1].startswith(("invariant_", "check_"))}
    assert long - set(HELD_BY.findall(page)) == set()


def test_every_section_says_what_holds_it(page: str) -> None:
    sections = re.split(r"^### ", page, flags=re.MULTILINE)[1:]
    assert all("Forbidden:" in each and "Held by " in each for each in sections)
    assert [int(each.split(".")[0]) for each in sections] == list(range(1, len(sections) + 1))

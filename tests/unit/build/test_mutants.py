"""Mutants: each operator makes its fault, samples are spread and repeatable."""

from __future__ import annotations

from collections import Counter

import pytest

from mutation.mutants import Mutant, mutants_of, sample
from mutation.operators import OPERATORS

UNIT = "contracts/Sample.sol"
SOURCE = """\
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

contract Sample {
    enum Light { Red, Green }
    event Changed(uint256 from, uint256 to);
    error Refused(uint256 value);

    uint256 private constant LEAST = 1 days;
    uint256 private constant MOST = 0x10;
    uint256 private _value;

    function change(uint256 value, bool force) external returns (bool) {
        require(value >= LEAST && value <= MOST, Refused(value));
        if (force) _value += value * 2;
        for (uint256 i = 0; i < value; ++i) {
            if (i & 1 == 0) continue;
            _value = value > i ? value : i;
        }
        emit Changed(_value, value);
        return !force;
    }

    function light() external pure returns (Light) {
        return Light.Red;
    }
}
"""


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return mutants_of({UNIT: SOURCE}, [UNIT])


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("argument", "_value, value", "value, _value"),
        ("arithmetic", "*", "/"),
        ("assignment", "+=", "-="),
        ("bitwise", "&", "|"),
        ("condition", "force", "false"),
        ("condition", "value : i", "i : value"),
        ("constant", "LEAST", "MOST"),
        ("constant", "Red", "Green"),
        ("guard", "require(value >= LEAST && value <= MOST, Refused(value));", "{}"),
        ("literal", "0x10", "0x11"),
        ("literal", "1", "2"),
        ("logical", "&&", "||"),
        ("logical", "value >= LEAST && value <= MOST", "value <= MOST"),
        ("relational", ">=", ">"),
        ("relational", ">=", "<"),
        ("return", "!force", "!(!force)"),
        ("statement", "emit Changed(_value, value);", "{}"),
        ("statement", "continue;", "{}"),
        ("unary", "++", "--"),
        ("unary", "!", ""),
    ],
)
def test_makes_the_fault(mutants: list[Mutant], operator: str, before: str, after: str) -> None:
    assert (operator, before, after) in {(m.operator, m.before, m.after) for m in mutants}


def test_every_operator_makes_one_and_each_differs(mutants: list[Mutant]) -> None:
    assert {mutant.operator for mutant in mutants} == set(OPERATORS)
    texts = [mutant.apply(SOURCE.encode()) for mutant in mutants]
    assert len({*texts, SOURCE.encode()}) == len(texts) + 1


def test_names_line_and_function(mutants: list[Mutant]) -> None:
    (guard,) = (mutant for mutant in mutants if mutant.operator == "guard")
    assert (guard.line, guard.function) == (14, "change")


def test_a_sample_takes_one_of_each_operator_first(mutants: list[Mutant]) -> None:
    first = sample(mutants, 7)[: len(OPERATORS)]
    assert Counter(mutant.operator for mutant in first) == dict.fromkeys(OPERATORS, 1)
    assert sample(mutants, 7) == sample(mutants[::-1], 7)
    assert sorted(mutant.id for mutant in sample(mutants, 8)) == sorted(m.id for m in mutants)


def test_a_changed_file_is_tried_anew(mutants: list[Mutant]) -> None:
    changed = mutants_of({UNIT: SOURCE + "\n"}, [UNIT])
    assert not {mutant.id for mutant in mutants} & {mutant.id for mutant in changed}

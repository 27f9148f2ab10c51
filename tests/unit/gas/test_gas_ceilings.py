"""What no act may cost more than, in gas of a whole transaction: tests/snapshots/gas.json holds it.

The snapshot itself is measured by tests/contracts/gas; a change there shows as a diff.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CEILINGS = {
    "anchor_first": 55_000,
    "anchor_steady": 39_000,
    "consent_grant": 57_000,
    "consent_grant_by_sig": 72_000,
    "consent_revoke": 38_000,
    "consent_revoke_all": 38_000,
    "identity_rotate": 48_000,
    "identity_rotate_by_sig": 62_000,
    "lot_commission": 115_000,
    "lot_recall": 40_000,
    "pack_decommission": 107_000,
    "pack_decommission_batch": 60_000,
}


@pytest.fixture(scope="module")
def measured(root: Path) -> dict[str, int]:
    text = (root / "tests" / "snapshots" / "gas.json").read_text(encoding="utf-8")
    return {act: int(gas) for act, gas in json.loads(text).items()}


@pytest.mark.parametrize(("act", "ceiling"), CEILINGS.items())
def test_costs_at_most(measured: dict[str, int], act: str, ceiling: int) -> None:
    assert 21_000 < measured[act] <= ceiling


def test_a_lot_costs_the_same_whatever_its_size(measured: dict[str, int]) -> None:
    largest, smallest = measured["lot_commission"], measured["lot_commission_one_pack"]
    zero_bytes_of_calldata = 4 * (16 - 4)
    assert largest - smallest == zero_bytes_of_calldata


@pytest.mark.parametrize(
    ("first", "steady"),
    [
        ("anchor_first", "anchor_steady"),
        ("consent_revoke_all_first", "consent_revoke_all"),
        ("identity_rotate", "identity_rotate_steady"),
        ("identity_rotate_by_sig", "identity_rotate_by_sig_steady"),
        ("lot_receive_first", "lot_receive_steady"),
        ("accredit_first", "accredit_steady"),
    ],
)
def test_a_first_write_is_told_from_later_ones(
    measured: dict[str, int], first: str, steady: str
) -> None:
    new_slot = 20_000 - 2_900
    assert measured[first] - measured[steady] >= new_slot - 1_000

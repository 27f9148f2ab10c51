"""What docs/migration.md names in the client is there, and its salt and leaves are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from salus import migration as moving
from salus.chain.deploying import create2

HELPERS = ("carry_consent", "check_carried", "carry_opt_out", "refuses_break_glass")
HELPERS += ("continue_log", "verify_continuation", "remaining", "lot_uri_of")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "migration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HELPERS)
def test_every_helper_of_the_client_is_told(page: str, name: str) -> None:
    assert re.search(rf"`{name}\b", page)
    assert callable(getattr(moving, name))


def test_no_helper_is_left_out() -> None:
    told = {*HELPERS, "closing_leaf", "opening_leaf"}
    assert told == {name for name in moving.__all__ if name[0].islower()}


def test_the_salt_is_the_one_on_the_page(page: str) -> None:
    assert 'keccak256("salus/deployment/v<n>")' in page
    assert create2.salt() == keccak(text="salus/deployment/v1")
    assert create2.salt(7) == keccak(text="salus/deployment/v7")


def test_leaves_differ_by_everything_they_name() -> None:
    here, there = moving.Place(1, "0x" + "11" * 20), moving.Place(1, "0x" + "22" * 20)
    issuer, stream, head = "0x" + "33" * 20, b"s" * 32, b"h" * 32
    first = moving.opening_leaf(issuer, stream, before=here, after=there, head=head, size=3)
    leaves = {
        first,
        moving.closing_leaf(issuer, stream, before=here, after=there),
        moving.closing_leaf(issuer, stream, before=there, after=here),
        moving.closing_leaf(issuer, b"t" * 32, before=here, after=there),
        moving.closing_leaf("0x" + "44" * 20, stream, before=here, after=there),
        moving.opening_leaf(issuer, stream, before=here, after=there, head=stream, size=3),
        moving.opening_leaf(issuer, stream, before=here, after=there, head=head, size=4),
        moving.closing_leaf(issuer, stream, before=moving.Place(2, here.registry), after=there),
    }
    assert len(leaves) == 8
    assert first == moving.opening_leaf(
        issuer.upper().replace("X", "x"), stream, before=here, after=there, head=head, size=3
    )

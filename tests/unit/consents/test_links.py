"""A link under a consent checks its values when it is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from salus.consents.passed_documents import ConsentLink
from salus.errors import InputError
from salus.terms import Terms

CLINIC, DOCTOR = "0x" + "12" * 20, "0x" + "34" * 20
TERMS = Terms.permit("TREAT")
LINK = ConsentLink(1, bytes(32), CLINIC, DOCTOR, terms=TERMS, until=1_900_000_000, salt=bytes(32))


@pytest.mark.parametrize("chain_id", [0, 1 << 53])
def test_it_is_of_a_chain(chain_id: int) -> None:
    with pytest.raises(InputError):
        replace(LINK, chain_id=chain_id)


@pytest.mark.parametrize("until", [-5, 1 << 53])
def test_it_counts_until_a_time(until: int) -> None:
    with pytest.raises(InputError):
        replace(LINK, until=until)


def test_its_salt_and_what_it_stands_under_have_32_bytes() -> None:
    with pytest.raises(InputError):
        replace(LINK, salt=b"")
    with pytest.raises(InputError):
        replace(LINK, under=b"x")

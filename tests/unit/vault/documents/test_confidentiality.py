"""Of two codes of confidentiality the higher counts, and one that nobody knows is above all."""

from __future__ import annotations

import pytest

from salus.vault.documents.compartments import stricter


def test_codes_ascend_as_hl7_has_them() -> None:
    assert [stricter(*pair) for pair in zip("ULMNR", "LMNRV", strict=True)] == list("LMNRV")


@pytest.mark.parametrize("code", ["UL", "LM", "MN", "NR", "RV", "", "v", "X"])
def test_an_unknown_one_is_above_all(code: str) -> None:
    assert stricter("V", code) == stricter(code, "V") == code

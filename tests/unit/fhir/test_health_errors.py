"""Every error of the health side says what was wrong and has its family's exit code."""

from __future__ import annotations

import inspect

import pytest

from salus.errors import InputError, SalusError, VerificationError
from salus.fhir import errors as health
from salus_verify.errors import InclusionProofMismatch

OWN = [
    error
    for _, error in inspect.getmembers(health, inspect.isclass)
    if issubclass(error, SalusError) and error.__module__ == health.__name__
]


@pytest.mark.parametrize("error", OWN, ids=lambda error: error.__name__)
def test_is_in_a_family(error: type[SalusError]) -> None:
    assert issubclass(error, InputError | VerificationError)
    assert error.__name__ in (health.__doc__ or "")


def test_says_what_to_do_next() -> None:
    error = InclusionProofMismatch(index=3, size=9, reason="the root differs")
    assert error.exit_code == 6
    assert (error.index, error.size) == (3, 9)
    assert "ask the issuer for a new proof" in str(error)

"""What terms decide of a FHIR Consent is what another evaluator says, which walks it itself."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from tests.support.campaigns import amount
from tests.support.fhir_consents import a_consent, an_asked, as_bytes, as_request
from tests.support.fhir_walk import walk

from salus.fhir import from_fhir
from salus.terms import evaluate

CONSENTS = amount(15_000, sample=250)
ASKED = 10
STRICTNESS = ("Deny", "NotApplicable", "PermitWithResidual", "Permit")


def decided(consent: dict[str, object], seed: int) -> list[tuple[str, str, bool]]:
    """For several requests what terms say, what the walk says, and if it has but one label."""
    terms = from_fhir(as_bytes(consent)).terms
    dice = Random(seed)
    asked = [an_asked(dice) for _ in range(ASKED)]
    return [
        (
            str(evaluate(terms, as_request(each), consent_id=bytes(32), block=1).outcome),
            walk(consent, each),
            len(each.sensitivities) < 2,
        )
        for each in asked
    ]


@pytest.mark.campaign
def test_exceptions_within_what_they_are_exceptions_to_are_decided_as_r4_says() -> None:
    """Of a record with several labels, a rule that takes over labels says what itself would.

    "Permit PSY, but deny access" then denies access to a record of PSY and HIV, where the walk does
    not come so far: the permit around it is not for HIV.
    """
    dice, said = Random(357), Counter[str]()
    for number in range(CONSENTS):
        consent = a_consent(dice)
        for ours, walked, plain in decided(consent, number):
            is_stricter = STRICTNESS.index(ours) < STRICTNESS.index(walked)
            assert ours == walked or (is_stricter and not plain), (number, consent)
            said[walked] += 1
    assert said.keys() == {"Permit", "Deny", "NotApplicable", "PermitWithResidual"}
    assert min(said.values()) > CONSENTS // 50


@pytest.mark.campaign
def test_a_deny_that_reaches_beyond_its_place_never_opens_anything() -> None:
    """Terms take it at its word, wherever it stands; the walk asks whether it stands within.

    A permit below one that reaches beyond waits for who reads it.
    """
    dice, stricter = Random(358), 0
    for number in range(CONSENTS):
        consent = a_consent(dice, loose=True)
        for ours, walked, _ in decided(consent, number):
            assert ours != "Permit" or walked == "Permit", (number, consent)
            stricter += ours != walked
    assert stricter > CONSENTS // 50

"""A consent as FHIR writes it permits its grantee no more than the consent, and others nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.terms_strategies import requests
from tests.support.terms_strategies import terms as any_terms

from salus.consents.documents import Consent
from salus.consents.fhir_writing import for_grantee, written
from salus.fhir import from_fhir
from salus.fhir.validation import problems
from salus.terms import Effect, Outcome, Request, Rule, Terms, evaluate
from salus.terms.errors import InvalidTerms
from salus.terms.evaluation import STRICTNESS
from salus.terms.purposes import BREAK_THE_GLASS
from salus.terms.vocabulary import Policy

GRANTEE, PATIENT = "0x" + "ab" * 20, "0x" + "12" * 20
OPEN = (Outcome.PERMIT, Outcome.PERMIT_WITH_RESIDUAL)
BY_PURPOSE = Rule(effect=Effect.PERMIT, purposes=frozenset({"HRESCH"}))


def decided(terms: Terms, request: Request) -> Outcome:
    return evaluate(terms, request, consent_id=bytes(32), block=1).outcome


def of(request: Request, address: str) -> Request:
    return replace(request, recipient=replace(request.recipient, address=address))


@given(any_terms(), requests)
def test_the_grantee_is_permitted_no_more_than_by_the_consent(
    terms: Terms, request: Request
) -> None:
    asked = of(request, GRANTEE)
    own, as_written = decided(terms, asked), decided(for_grantee(terms, GRANTEE), asked)
    if asked.purpose == BREAK_THE_GLASS:  # no purpose, which no permit matches, nor a policy
        assert as_written not in OPEN
    else:
        assert STRICTNESS.index(as_written) <= STRICTNESS.index(own)


@given(any_terms(), requests)
def test_nobody_else_is_permitted_anything_by_a_consent_without_recipients(
    terms: Terms, request: Request
) -> None:
    unnamed = replace(
        terms,
        base=replace(terms.base, actors=frozenset()),
        exceptions=tuple(replace(each, actors=frozenset()) for each in terms.exceptions),
    )
    asked = of(request, "0x" + "cd" * 20)
    assert decided(for_grantee(unnamed, GRANTEE), asked) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("purpose", ["TREAT", "HRESCH", "HPAYMT"])
@pytest.mark.parametrize(
    "terms",
    [
        Terms(base=BY_PURPOSE),
        Terms(base=BY_PURPOSE, policy=Policy.DENY),
        Terms(base=replace(BY_PURPOSE, effect=Effect.DENY)),
        Terms(base=replace(BY_PURPOSE, effect=Effect.DENY), policy=Policy.PERMIT),
    ],
)
@given(asked=requests)
def test_what_is_plainly_asked_is_answered_alike(
    terms: Terms, purpose: str, asked: Request
) -> None:
    plain = replace(of(asked, GRANTEE), purpose=purpose, hops=0, remunerated=False)
    assert decided(for_grantee(terms, GRANTEE), plain) is decided(terms, plain)


@given(any_terms(), st.sampled_from(["Patient/1", "did:ethr:0x1:" + PATIENT, "urn:a|7"]))
def test_what_is_written_is_valid_and_read_as_it_was_meant(terms: Terms, patient: str) -> None:
    consent = Consent(PATIENT, GRANTEE, terms, bytes(32), bytes(32))
    data = written(consent, patient=patient, at=1_800_000_000, status="active")
    content: dict[str, Any] = json.loads(data)
    assert problems(content) == []
    reading = from_fhir(data)
    assert reading.fits
    assert reading.terms == for_grantee(terms, GRANTEE)
    assert reading.patient == patient


def test_a_policy_beside_fifteen_exceptions_is_a_rule_too_many() -> None:
    denies = tuple(Rule(effect=Effect.DENY, purposes=frozenset({"TREAT"})) for _ in range(15))
    with pytest.raises(InvalidTerms, match="more than 15"):
        for_grantee(Terms(base=BY_PURPOSE, exceptions=denies, policy=Policy.DENY), GRANTEE)

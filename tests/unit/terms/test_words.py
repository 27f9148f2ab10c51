"""Terms as an author writes them: words, names and dates, refused where they do not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from salus.errors import InputError, InvalidValue
from salus.primitives.roles import Role
from salus.terms import Action, Actor, Confidentiality, Effect, Period, Rule, Terms
from salus.terms.errors import InvalidTerms, UnknownCode
from salus.terms.vocabulary import Part

NEW_YEAR = 1798761600
"""1 January 2027, 00:00 UTC."""
CLINIC = "0x" + "ab" * 20


def test_a_permit_with_an_exception_is_what_it_says() -> None:
    terms = Terms.permit("TREAT", "HPAYMT").except_(sensitivities=["PSY", "HIV"])
    assert terms == Terms(
        base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT", "HPAYMT"})),
        exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY", "HIV"})),),
    )


def test_an_exception_turns_what_its_parent_does() -> None:
    terms = Terms.deny().except_("TREAT").except_(parent=1, classes="DiagnosticReport")
    assert [rule.effect for rule in terms.rules] == [Effect.DENY, Effect.PERMIT, Effect.DENY]
    assert [rule.parent for rule in terms.rules] == [0, 0, 1]


def test_one_word_is_a_set_of_one() -> None:
    said = Terms.permit(actions="access", classes="Condition", confidentiality="R").base
    assert said.actions == {Action.ACCESS}
    assert said.classes == {"Condition"}
    assert said.confidentiality is Confidentiality.R


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("pharmacy", Actor.role(Role.PHARMACY)),
        (Role.PHARMACY, Actor.role(Role.PHARMACY)),
        ("emergency-clinician", Actor.role(Role.EMERGENCY_CLINICIAN)),
        (CLINIC.upper().replace("X", "x"), Actor.address(CLINIC)),
        ("Practitioner/f204", Actor.reference("Practitioner/f204")),
        ("did:ethr:0xab", Actor.reference("did:ethr:0xab")),
        (Actor.role(Role.PAYER, Part.AUTHOR), Actor.role(Role.PAYER, Part.AUTHOR)),
    ],
)
def test_actors_come_by_role_address_or_reference(said: Any, meant: Actor) -> None:
    assert Terms.permit(actors=said).base.actors == {meant}
    assert Terms.permit(actors=[said, Role.PAYER]).base.actors == {meant, Actor.role(Role.PAYER)}


@pytest.mark.parametrize(
    "until", [NEW_YEAR, date(2027, 1, 1), datetime(2027, 1, 1, 2, tzinfo=UTC) - timedelta(hours=2)]
)
def test_the_end_is_a_second_a_date_or_a_datetime(until: Any) -> None:
    assert Terms.permit(until=until).base.validity == Period(end=NEW_YEAR)


def test_a_length_counts_from_the_start() -> None:
    said = Terms.permit(since=date(2027, 1, 1), until=timedelta(days=1)).base.validity
    assert said == Period(start=NEW_YEAR, end=NEW_YEAR + 86400)
    with pytest.raises(InvalidTerms, match="needs a start"):
        Terms.permit(until=timedelta(days=1))


def test_data_before_1970_have_dates_too() -> None:
    assert Period(end=date(1969, 12, 31)).end == -86400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"classes": "Spaceship"}, UnknownCode),
        ({"sensitivities": 7}, InvalidValue),
        ({"actions": "fly"}, InvalidValue),
        ({"actions": [["access"]]}, InvalidValue),
        ({"confidentiality": "secret"}, InvalidValue),
        ({"actors": "plumber"}, InvalidTerms),
        ({"actors": "0x12"}, InvalidTerms),
        ({"actors": 7}, InvalidValue),
        ({"actors": [{}]}, InvalidValue),
        ({"until": "2027-01-01"}, InvalidValue),
        ({"until": 1.5}, InvalidValue),
        ({"since": True}, InvalidValue),
        ({"since": "now", "until": timedelta(1)}, InvalidTerms),
        ({"until": datetime(2027, 1, 1)}, InputError),
        ({"until": 1, "validity": Period(end=1)}, InvalidTerms),
        ({"data_period": date(2027, 1, 1)}, InvalidValue),
    ],
)
def test_what_does_not_fit_is_refused(wrong: Any, error: type[Exception]) -> None:
    for make in (Terms.permit, Terms.deny, Terms.permit().except_):
        with pytest.raises(error):
            make(**wrong)


@pytest.mark.parametrize("purpose", ["WORLD-DOMINATION", 7, {"TREAT"}, None])
def test_a_purpose_is_a_code(purpose: Any) -> None:
    with pytest.raises(InputError):
        Terms.permit(purpose)


@pytest.mark.parametrize("parent", [-1, 1])
def test_an_exception_is_one_to_a_rule_that_is_there(parent: int) -> None:
    with pytest.raises(InvalidTerms, match="parent is not a rule"):
        Terms.permit().except_(parent=parent)


@pytest.mark.parametrize("parent", [True, "0", None])
def test_the_rule_of_an_exception_is_a_number(parent: Any) -> None:
    with pytest.raises(InputError, match="parent must be int"):
        Terms.permit().except_(parent=parent)

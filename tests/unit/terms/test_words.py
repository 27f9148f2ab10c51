"""Terms as an author writes them: words, names and dates, refused where they do not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from salus.errors import InputError, InvalidValue
from salus.primitives.roles import Role
from salus.terms import (
    Action,
    Actor,
    Confidentiality,
    Effect,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
)
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
        ({"since": "now", "until": timedelta(1)}, InvalidValue),
        ({"until": timedelta(1)}, InvalidTerms),
        ({"colour": "red"}, InvalidValue),
        ({"until": datetime(2027, 1, 1)}, InputError),
        ({"until": 1, "validity": Period(end=1)}, InvalidTerms),
        ({"data_period": date(2027, 1, 1)}, InvalidValue),
    ],
)
def test_what_does_not_fit_is_refused(wrong: Any, error: type[Exception]) -> None:
    for make in (Terms.permit, Terms.deny, Terms.permit().except_):
        with pytest.raises(error):
            make(**wrong)


@pytest.mark.parametrize("purpose", ["WORLD-DOMINATION", 7, [7], [["TREAT"]], None])
def test_a_purpose_is_a_code(purpose: Any) -> None:
    with pytest.raises(InputError):
        Terms.permit(purpose)


def test_purposes_come_one_by_one_or_as_a_list() -> None:
    both = Terms.permit("TREAT", "HPAYMT")
    assert Terms.permit(["TREAT", "HPAYMT"]) == Terms.permit({"HPAYMT"}, "TREAT") == both
    assert Terms.deny().except_(("TREAT", "HPAYMT")).rules[1].purposes == both.base.purposes


MOMENTS = "a date, a datetime or Unix seconds"
LENGTHS = "a date, a datetime, Unix seconds or a timedelta after"
CODES = "a code or a list of codes"


@pytest.mark.parametrize(
    ("name", "wrong", "wanted"),
    [
        ("since", "2030-01-01", f"must be {MOMENTS}, not str"),
        ("until", "2030-01-01", f"must be {LENGTHS} since, not str"),
        ("until", True, f"must be {LENGTHS} since, not bool"),
        ("actions", 7, f"must be {CODES}, not int"),
        ("classes", b"x", f"must be {CODES}, not bytes"),
        ("sensitivities", [7], "must be a list of codes, not one of int"),
        ("validity", "2030", "must be Period, not str"),
        ("data_period", date(2027, 1, 1), "must be Period, not date"),
        ("confidentiality", 7, "must be a Confidentiality"),
        ("actors", 7, "must be a set of Actor, not int"),
        ("redisclosure_depth", "once", "must be int, not str"),
        ("remuneration", 1, "must be True or False, not int"),
        ("never_to_payer", "no", "must be True or False, not str"),
        ("residual", "00", "must be bytes, not str"),
        ("colour", "red", "is not a condition; they are actions, classes"),
    ],
)
def test_an_error_names_what_the_author_wrote_and_what_it_takes(
    name: str, wrong: Any, wanted: str
) -> None:
    makers = {"permit": Terms.permit, "deny": Terms.deny, "except_": Terms.permit().except_}
    for verb, make in makers.items():
        with pytest.raises(InvalidValue) as refused:
            make(**{name: wrong})
        assert str(refused.value).startswith(f"{verb}.{name} {wanted}")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Terms.permit(7), "permit.purposes must be a code"),  # type: ignore[arg-type]
        (lambda: Period(start="2030"), f"Period.start must be {MOMENTS}"),  # type: ignore[arg-type]
        (lambda: Period(end=1.5), f"Period.end must be {LENGTHS} start"),  # type: ignore[arg-type]
        (lambda: Period.between("2030", None), f"since must be {MOMENTS}"),  # type: ignore[arg-type]
        (lambda: Period.between(None, "2030"), f"until must be {LENGTHS}"),  # type: ignore[arg-type]
        (lambda: Terms.permit(until=datetime(2030, 1, 1)), "until has no time zone"),
        (lambda: Terms.permit(since=datetime(2030, 1, 1)), "since has no time zone"),
        (lambda: Period(end=datetime(2030, 1, 1)), "end has no time zone"),
        (lambda: Terms.permit(until=timedelta(1)), "needs a start: give since too"),
        (lambda: asked(at="now"), "Request.at must be int, not str"),
        (lambda: asked(at=1, purpose=["TREAT"]), "Request.purpose must be str, not list"),
        (lambda: asked(at=1, break_glass_until="soon"), "Request.break_glass_until must be int"),
    ],
)
def test_builders_of_spans_and_requests_say_what_they_take(
    make: Callable[[], object], said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        make()


def asked(**said: Any) -> Request:
    lab = ResourceFacts(resource_class="Observation.laboratory")
    return Request(**({"action": Action.ACCESS, "purpose": "TREAT", "resource": lab} | said))


@pytest.mark.parametrize("parent", [-1, 1])
def test_an_exception_is_one_to_a_rule_that_is_there(parent: int) -> None:
    with pytest.raises(InvalidTerms, match="parent is not a rule"):
        Terms.permit().except_(parent=parent)


@pytest.mark.parametrize("parent", [True, "0", None])
def test_the_rule_of_an_exception_is_a_number(parent: Any) -> None:
    with pytest.raises(InputError, match="parent must be int"):
        Terms.permit().except_(parent=parent)

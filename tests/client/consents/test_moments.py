"""Deadlines and parties as Python's own values: dates, durations, signers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from salus import Account, Salus, Terms, connect
from salus.errors import InputError

SOON = timedelta(hours=3)


@pytest.fixture
def me() -> Salus:
    return connect("tester")


def test_a_consent_names_identities_or_who_acts_for_them(me: Salus) -> None:
    clinic, terms = Account.create(), Terms.permit("TREAT")
    consent = me.consents.propose(me, clinic, terms)
    assert (consent.patient, consent.grantee) == (me.identity, clinic.identity)
    assert (
        me.consents.propose(me.account, clinic.identity.lower(), terms).grantee == clinic.identity
    )
    for wrong in (None, 7, b"", "0x12", object()):
        with pytest.raises(InputError):
            me.consents.propose(me, wrong, terms)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [int, float, datetime])
def test_a_deadline_is_a_moment_or_a_time_from_now(me: Salus, kind: Any) -> None:
    consent = me.consents.propose(me, me, Terms.permit("TREAT"))
    at = me.chain.now() + 3 * 3600
    given: Any = {int: at, float: SOON, datetime: datetime.fromtimestamp(at, UTC)}[kind]
    signed = me.consents.sign(consent, by=me.account, deadline=given)
    assert abs(signed.deadline - at) <= 2
    ended = me.consents.revocations.sign(me.identity, consent.id, by=me.account, deadline=given)
    assert abs(ended.deadline - at) <= 2


@pytest.mark.parametrize("wrong", ["soon", 1.5, True, b"1", datetime(2030, 1, 1), timedelta(-1)])
def test_what_is_no_deadline_is_refused(me: Salus, wrong: Any) -> None:
    consent = me.consents.propose(me, me, Terms.permit("TREAT"))
    with pytest.raises(InputError, match="deadline"):
        me.consents.sign(consent, by=me.account, deadline=wrong)
    with pytest.raises(InputError, match="deadline"):
        me.consents.revocations.sign(me.identity, consent.id, by=me.account, deadline=wrong)

"""The consents that a client keeps: listed, narrowed, in pages, with what became of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from salus import Account, Salus, Terms, connect
from salus.consents.documents import Consent
from salus.consents.states import ConsentState
from salus.errors import InputError

CLINIC, LAB = Account.create(), Account.create()


@pytest.fixture
def me() -> Salus:
    return connect("tester", storage="memory://consent-searches")


def granted(me: Salus, grantee: Account, terms: Terms | None = None) -> Consent:
    consent = me.consents.propose(me, grantee, terms or Terms.permit("TREAT"))
    me.consents.grant(consent)
    return consent


def ids(found: Any) -> set[bytes]:
    return {each.id for each in found}


def test_each_consent_is_listed_with_what_became_of_it(me: Salus) -> None:
    assert list(me.consents) == []
    stands, over = granted(me, CLINIC), granted(me, CLINIC)
    rests = me.consents.propose(me, LAB, Terms.permit("TREAT"))
    me.consents.sign(rests, by=LAB)  # not by the patient
    me.consents.revoke(me.identity, over.id)

    states = {each.id: each.state for each in me.consents}
    assert states == {
        stands.id: ConsentState.STANDS,
        rests.id: ConsentState.RESTS,
        over.id: ConsentState.OVER,
    }
    for state, consent in (("stands", stands), (ConsentState.RESTS, rests), ("over", over)):
        (found,) = me.consents.search(state=state)
        assert (found.id, found.patient, found.grantee) == (
            consent.id,
            consent.patient,
            consent.grantee,
        )
        assert found.terms == consent.terms
        assert found.document.consent == consent


def test_what_was_anchored_in_a_batch_stands(me: Salus) -> None:
    consents = [me.consents.propose(me, CLINIC, Terms.permit("TREAT")) for _ in range(3)]
    me.consents.batches.grant(consents)
    assert ids(me.consents.search(state="stands")) == {each.id for each in consents}


def test_a_search_is_by_parties(me: Salus) -> None:
    to_clinic, to_lab = granted(me, CLINIC), granted(me, LAB)
    assert ids(me.consents.search(grantee=CLINIC)) == {to_clinic.id}
    assert ids(me.consents.search(grantee=LAB.identity.lower())) == {to_lab.id}
    assert ids(me.consents.search(patient=me)) == {to_clinic.id, to_lab.id}
    assert ids(me.consents.search(patient=LAB)) == set()
    assert ids(me.consents.search(patient=me, grantee=LAB)) == {to_lab.id}


def test_a_search_is_by_the_time_in_which_consents_are_valid(me: Salus) -> None:
    always = granted(me, CLINIC)
    a_year = granted(me, CLINIC, Terms.permit(since=date(2030, 1, 1), until=date(2031, 1, 1)))
    assert ids(me.consents.search(since=date(2030, 6, 1))) == {always.id, a_year.id}
    assert ids(me.consents.search(since=date(2031, 1, 1))) == {always.id}
    assert ids(me.consents.search(until=date(2030, 1, 1))) == {always.id}
    assert ids(me.consents.search(since=0, until=date(2030, 1, 2))) == {always.id, a_year.id}


def test_pages_follow_one_another(me: Salus) -> None:
    every = {granted(me, CLINIC).id for _ in range(5)}
    seen: list[bytes] = []
    last = None
    while page := list(me.consents.search(limit=2, after=last)):
        assert len(page) <= 2
        seen += [each.id for each in page]
        last = page[-1]
    assert len(seen) == 5
    assert set(seen) == every
    assert [each.id for each in me.consents.search(after=seen[1])] == seen[2:]
    with pytest.raises(InputError, match="begin with the first page"):
        list(me.consents.search(after=bytes(32)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"patient": 7},
        {"grantee": "0x12"},
        {"state": "alive"},
        {"state": 1},
        {"since": "today"},
        {"until": timedelta(1)},
        {"since": date(2031, 1, 1), "until": date(2030, 1, 1)},
        {"after": 7},
        {"limit": 0},
        {"limit": True},
        {"limit": "2"},
    ],
)
def test_what_is_no_condition_is_refused(me: Salus, wrong: Any) -> None:
    with pytest.raises(InputError):
        me.consents.search(**wrong)


def test_a_client_without_a_vault_says_that_it_keeps_none() -> None:
    with pytest.raises(InputError, match="keeps no consents"):
        connect("tester").consents.search()

"""A consent is written as FHIR as it stands now: active only by the word of the chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.fhir_papers import CLINIC, TREAT, consent, imported

from salus import Salus, Terms, connect
from salus.chain.errors import ChainUnreachable
from salus.consents.errors import ConsentNotKept
from salus.errors import InputError
from salus.fhir.validation import problems
from salus.testing import people
from salus.testing.clock import advance
from salus.testing.faults import Unreliable
from salus.testing.participants import People


@pytest.fixture
def me() -> Iterator[Salus]:
    """A patient whose own program keeps consents."""
    with connect("tester", storage="memory://fhir-exports") as client:
        yield client


@pytest.fixture
def team(me: Salus) -> People:
    return people(me.chain)


def test_a_revoked_consent_is_never_active(me: Salus) -> None:
    data = consent()
    known = imported(me, data)
    assert me.consents.fhir.export(known).status == "active"
    me.consents.revoke(me, known)
    written = me.consents.fhir.export(known)
    assert written.status == "inactive"
    assert written.data == data.replace(b'"active"', b'"inactive"')


def test_a_consent_that_the_patient_ended_elsewhere_is_inactive_at_once(me: Salus) -> None:
    """No program but the patient's own was told; the chain is asked when it is written."""
    known = imported(me)
    me.consents.register(next(iter(me.consents)).document)
    assert me.consents.fhir.export(known).status == "active"
    elsewhere = Salus(me.chain, account=me.account)
    elsewhere.consents.revoke(me, known)
    assert me.consents.fhir.export(known).status == "inactive"


def test_a_superseded_consent_is_inactive_and_the_new_one_active(me: Salus) -> None:
    known = imported(me)
    old = next(each for each in me.consents if each.id == known)
    new = me.consents.change(old.document, Terms.permit("HPAYMT"), by=me.account)
    assert me.consents.fhir.export(known).status == "inactive"
    written = me.consents.fhir.export(new.consent.id)
    assert (written.status, written.imported) == ("active", False)


def test_all_consents_of_an_ended_epoch_are_inactive(me: Salus) -> None:
    known = imported(me)
    me.consents.revoke_all(me)
    assert me.consents.fhir.export(known).status == "inactive"


def test_a_consent_whose_period_is_over_is_inactive(me: Salus) -> None:
    end = datetime.fromtimestamp(me.chain.now() + 900, UTC).isoformat().replace("+00:00", "Z")
    period = {"type": "permit", "purpose": [TREAT], "period": {"end": end}}
    known = imported(me, consent(provision=period))
    me.consents.register(next(iter(me.consents)).document)
    own = me.consents.propose(me, CLINIC, Terms.permit("TREAT", until=me.chain.now() + 900))
    me.consents.grant(own)
    assert me.consents.fhir.export(known).status == "active"
    assert me.consents.fhir.export(own.id).status == "active"
    advance(me.chain, 1000)
    assert me.consents.fhir.export(known).status == "inactive"
    assert json.loads(me.consents.fhir.export(own.id).data)["status"] == "inactive"


def test_a_signature_that_lapsed_is_inactive_until_it_is_registered(me: Salus) -> None:
    known = imported(me)
    advance(me.chain, 4000)
    assert me.consents.fhir.export(known).status == "inactive"
    me.consents.grant(next(iter(me.consents)).document.consent)
    assert me.consents.fhir.export(known).status == "active"


def test_what_the_chain_cannot_tell_is_not_guessed(me: Salus) -> None:
    me.chain.rpc = node = Unreliable(me.chain.rpc)
    known = imported(me)
    assert me.consents.fhir.export(known).status == "active"
    node.down = {"*"}
    with pytest.raises(ChainUnreachable):
        me.consents.fhir.export(known)
    node.down = set()
    assert me.consents.fhir.export(known).status == "active"


def test_what_a_signed_revocation_ended_here_is_inactive_before_the_chain_knows(
    me: Salus,
) -> None:
    known = imported(me)
    ended = me.consents.revocations.sign(me, known, by=me.account)
    me.records.revoke(ended)
    assert me.consents.checks.status(me, known).revoked_at == 0
    assert me.consents.fhir.export(known).status == "inactive"


# -- what was never FHIR ------------------------------------------------------------------------


def test_a_consent_of_ones_own_is_written_for_its_grantee_alone(me: Salus) -> None:
    own = me.consents.propose(me, CLINIC, Terms.permit("TREAT").except_(sensitivities="PSY"))
    me.consents.grant(own)
    written = json.loads(me.consents.fhir.export(own.id).data)
    assert problems(written) == []
    assert written["identifier"] == [{"system": "urn:salus:consent", "value": f"0x{own.id.hex()}"}]
    assert written["patient"]["identifier"]["value"] == me.identities.did(me)
    (actor,) = written["provision"]["actor"]
    assert actor["reference"]["identifier"]["value"] == CLINIC.identity.lower()
    again = me.consents.fhir.propose(json.dumps(written).encode(), CLINIC)
    assert again.consent.patient == me.identity


def test_the_patient_is_written_by_a_name_that_is_theirs(me: Salus, team: People) -> None:
    own = me.consents.propose(me, CLINIC, Terms.permit("TREAT"))
    me.consents.grant(own)
    actors = team["hospital"].consents.actors
    me.consents.actors.keep(actors.state(me.identity, "Patient/1"))
    me.consents.actors.keep(actors.state(CLINIC, "Patient/2"))

    def patient(**told: Any) -> Any:
        return json.loads(me.consents.fhir.export(own.id, **told).data)["patient"]

    assert patient() == {"reference": "Patient/1"}
    assert patient(patient="urn:a|7") == {"identifier": {"system": "urn:a", "value": "7"}}
    with pytest.raises(InputError, match="by a statement"):
        patient(patient="Patient/2")
    for odd in ("", "Dr House", "Patient/", "|7", "#a"):
        with pytest.raises(InputError, match="no patient's name in FHIR"):
            patient(patient=odd)
    with pytest.raises(InputError, match="as it was written"):
        me.consents.fhir.export(imported(me), patient="Patient/1")


def test_what_a_consent_was_imported_from_can_be_forgotten(me: Salus) -> None:
    known = imported(me)
    me.consents.fhir.drop(known)
    written = me.consents.fhir.export(known)
    assert (written.imported, written.status) == (False, "active")
    assert b"2026/17" not in written.data


def test_what_is_not_kept_here_is_not_written(me: Salus) -> None:
    with pytest.raises(ConsentNotKept, match=r"records\.heed"):
        me.consents.fhir.export(bytes(32))
    with pytest.raises(InputError, match="keeps no consents"):
        Salus(me.chain, account=me.account).consents.fhir.export(bytes(32))

"""Actors as FHIR names them: a consent for a Practitioner reaches whom somebody vouched for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.actor_statements import ActorStatement, SignedActorStatement, kind_of
from salus.consents.actors import ActorDirectory
from salus.consents.errors import (
    ActorStatementNotCounted,
    ConsentRefused,
    MalformedActorStatement,
    NothingToShare,
)
from salus.errors import InputError
from salus.primitives.roles import Role
from salus.terms import Actor, Party, Terms
from salus.terms.vocabulary import Part
from salus.testing import advance
from salus.vault import IdentityKeys, Vault
from salus.vault.storage.memory import MemoryStorage

DOCTOR, COLLEAGUE = "Practitioner/f204", "Practitioner/f201"
NPI = "http://hl7.org/fhir/sid/us-npi|1234567893"
CONTENT = b"a letter"


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def custodian(exchange: Exchange) -> Salus:
    return exchange.custodian


@pytest.fixture
def specialist(exchange: Exchange) -> Salus:
    """Who is given something, and whom the consent calls by a name of FHIR's."""
    return exchange.grantee


def known_at(said: SignedActorStatement, *clients: Salus) -> None:
    for client in clients:
        client.consents.actors.keep(SignedActorStatement.from_json(said.to_json()))


def given(exchange: Exchange, terms: Terms) -> list[bytes]:
    """What the specialist opens of what is shared under terms."""
    exchange.add(CONTENT)
    exchange.custodian.records.share(exchange.consent(terms), purpose="TREAT")
    return [each.open("TREAT") for each in exchange.grantee.records.collect()]


def withheld(exchange: Exchange, terms: Terms) -> NothingToShare:
    exchange.add(CONTENT)
    with pytest.raises(NothingToShare) as refused:
        exchange.custodian.records.share(exchange.consent(terms), purpose="TREAT")
    return refused.value


def names(client: Salus, who: str, *, patient: str) -> Party:
    return client.consents.actors.party(who, patient=patient, block=client.chain.block().number)


@pytest.mark.parametrize("actor", [DOCTOR, "PractitionerRole/7", "Organization/f001", NPI])
def test_who_is_vouched_for_by_a_hospital_gets_what_its_name_is_permitted(
    exchange: Exchange, custodian: Salus, specialist: Salus, hospital: Salus, actor: str
) -> None:
    terms = Terms.permit("TREAT", actors=Actor.reference(actor))
    refused = withheld(exchange, terms)
    assert refused.unknown == (actor,)
    assert f"who {actor} is" in str(refused)
    assert custodian.consents.actors.unknown(terms, patient=exchange.patient) == (actor,)
    said = hospital.consents.actors.state(specialist, actor)
    known_at(said, custodian)
    custodian.records.share(exchange.consent(terms), purpose="TREAT")
    (received,) = specialist.records.collect()
    with pytest.raises(ConsentRefused, match=re.escape(f"who {actor} is")) as unheard:
        received.open("TREAT")
    assert unheard.value.unknown == (actor,)
    known_at(said, specialist)
    assert received.open("TREAT") == CONTENT
    assert custodian.consents.actors.unknown(terms, patient=exchange.patient) == ()
    assert given(exchange, terms)[0] == CONTENT


def test_a_patient_says_who_is_who_for_its_own_consents_alone(
    exchange: Exchange, custodian: Salus, specialist: Salus
) -> None:
    mother, neighbour = exchange.patient, Account.create()
    said = specialist.consents.actors.state(specialist, "RelatedPerson/aunt", by=mother)
    known_at(said, custodian)
    of_hers = names(custodian, specialist.identity, patient=mother.identity)
    assert "RelatedPerson/aunt" in of_hers.references
    of_his = names(custodian, specialist.identity, patient=neighbour.identity)
    assert "RelatedPerson/aunt" not in of_his.references
    assert given(exchange, Terms.permit("TREAT", actors="RelatedPerson/aunt"))[0] == CONTENT


def test_nobody_vouches_for_itself_and_no_stranger_for_anybody(
    exchange: Exchange, custodian: Salus, clinic: Salus, stranger: Salus
) -> None:
    known_at(clinic.consents.actors.state(clinic, DOCTOR), custodian)
    known_at(stranger.consents.actors.state(clinic, COLLEAGUE), custodian)
    found = names(custodian, clinic.identity, patient=exchange.patient.identity)
    assert not {DOCTOR, COLLEAGUE} & found.references
    problems = [each.problem for each in custodian.consents.actors.search(patient=exchange.patient)]
    assert len(problems) == 2
    assert "of itself" in str(problems[1])
    assert "neither the patient nor accredited" in str(problems[0])


def test_a_deny_for_an_unknown_actor_is_one_for_everybody(
    exchange: Exchange, custodian: Salus, specialist: Salus, hospital: Salus, clinic: Salus
) -> None:
    terms = Terms.permit("TREAT").except_(actors=DOCTOR)
    withheld(exchange, terms)
    known_at(hospital.consents.actors.state(clinic, DOCTOR), custodian, specialist)
    withheld(exchange, terms)  # the doctor is somebody else; of the specialist nothing is known
    known_at(hospital.consents.actors.state(specialist, "Organization/f001"), custodian, specialist)
    withheld(exchange, terms)  # an organization may be where that doctor works
    known_at(hospital.consents.actors.state(specialist, COLLEAGUE), custodian, specialist)
    assert given(exchange, terms)[0] == CONTENT


def test_who_is_denied_by_name_gets_nothing(
    exchange: Exchange, custodian: Salus, specialist: Salus, hospital: Salus
) -> None:
    known_at(hospital.consents.actors.state(specialist, DOCTOR), custodian)
    withheld(exchange, Terms.permit("TREAT").except_(actors=DOCTOR))


@pytest.mark.parametrize(("author", "is_given"), [(DOCTOR, True), (COLLEAGUE, False)])
def test_authored_by_is_asked_of_the_issuer(
    exchange: Exchange,
    custodian: Salus,
    specialist: Salus,
    hospital: Salus,
    clinic: Salus,
    author: str,
    is_given: bool,
) -> None:
    known_at(hospital.consents.actors.state(custodian, DOCTOR), custodian, specialist)
    known_at(hospital.consents.actors.state(clinic, COLLEAGUE), custodian, specialist)
    by = Actor.reference(author, Part.AUTHOR)
    only, but = Terms.permit("TREAT", actors=by), Terms.permit("TREAT").except_(actors=by)
    opens, closes = (only, but) if is_given else (but, only)
    assert given(exchange, opens)[0] == CONTENT
    withheld(exchange, closes)


def test_a_statement_that_ended_or_was_withdrawn_counts_no_more(
    exchange: Exchange, custodian: Salus, specialist: Salus, hospital: Salus, chain: Chain
) -> None:
    patient = exchange.patient.identity
    short = hospital.consents.actors.state(specialist, DOCTOR, until=timedelta(days=1))
    long = hospital.consents.actors.state(specialist, NPI, until=timedelta(days=90))
    known_at(short, custodian)
    known_at(long, custodian)
    before = chain.block().number
    assert {DOCTOR, NPI} <= names(custodian, specialist.identity, patient=patient).references
    advance(chain, 2 * 24 * 3600)
    hospital.consents.actors.withdraw(long)
    assert not {DOCTOR, NPI} & names(custodian, specialist.identity, patient=patient).references
    with pytest.raises(ActorStatementNotCounted, match="ended"):
        custodian.consents.actors.keep(short)
    with pytest.raises(ActorStatementNotCounted, match="withdrew"):
        custodian.consents.actors.keep(long)
    then = custodian.consents.actors.party(specialist.identity, patient=patient, block=before)
    assert {DOCTOR, NPI} <= then.references  # as it was when it was decided


def test_what_somebody_else_signed_or_changed_is_refused(
    custodian: Salus, specialist: Salus, hospital: Salus, stranger: Salus
) -> None:
    said = hospital.consents.actors.state(specialist, DOCTOR)
    widened = replace(said, statement=replace(said.statement, actor=COLLEAGUE))
    forged = stranger.consents.actors.state(specialist, DOCTOR)
    forged = replace(forged, statement=replace(forged.statement, issuer=hospital.identity))
    for document in (widened, forged):
        with pytest.raises(ActorStatementNotCounted):
            custodian.consents.actors.keep(document)
    elsewhere = ActorStatement(
        1,
        hospital.identity,
        specialist.identity,
        DOCTOR,
        since=0,
        until=2**40,
        salt=bytes(32),
    ).sign(hospital.account)
    with pytest.raises(ActorStatementNotCounted, match="of chain 1"):
        custodian.consents.actors.keep(elsewhere)
    assert list(custodian.consents.actors.search()) == []


def test_a_statement_of_who_lost_the_key_counts_no_more(
    exchange: Exchange, custodian: Salus, specialist: Salus
) -> None:
    patient = exchange.patient
    known_at(specialist.consents.actors.state(specialist, DOCTOR, by=patient), custodian)
    custodian.identities.control.rotate(patient, Account.create().address, by=patient)
    assert DOCTOR not in names(custodian, specialist.identity, patient=patient.identity).references


def test_statements_lie_sealed_beside_the_keys(
    exchange: Exchange, custodian: Salus, specialist: Salus, hospital: Salus
) -> None:
    said = hospital.consents.actors.state(specialist, DOCTOR)
    known_at(said, custodian)
    again = ActorDirectory(custodian.consents.actors._registry, custodian.accreditations)
    again.keep_in(custodian.vault.notebook("actor statements"))
    (kept,) = again.search(actor=DOCTOR, patient=exchange.patient)
    assert kept.document == said
    assert kept.counts


@pytest.mark.parametrize(
    ("actor", "problem"),
    [("Dr House", "no name"), ("", "1 to 255"), ("a|b|c", "no name"), ("x" * 300, "1 to 255")],
)
def test_a_name_of_another_form_is_refused(custodian: Salus, actor: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        custodian.consents.actors.state(custodian, actor)


def test_a_document_is_read_strictly(hospital: Salus, custodian: Salus) -> None:
    text = hospital.consents.actors.state(custodian, DOCTOR).to_json()
    for wrong in (
        text.replace("actor-statement/v1", "actor-statement/v2"),
        text.replace('"actor":', '"more":1,"actor":'),
        text.replace('"salt":"0x', '"salt":"0x00'),
        text.replace('"actor":"Practitioner/f204"', '"actor":"Dr House"'),
        "{}",
        " " * (1 << 17),
    ):
        with pytest.raises(MalformedActorStatement):
            SignedActorStatement.from_json(wrong)


def test_names_of_one_kind_are_told_from_others() -> None:
    kinds = {
        "Practitioner/1": "Practitioner",
        "https://ehr.example/fhir/Practitioner/1": "Practitioner",
        NPI: "http://hl7.org/fhir/sid/us-npi|",
        "did:web:clinic.example": "did:web",
    }
    assert {actor: kind_of(actor) for actor in kinds} == kinds


def test_roles_stand_beside_names(custodian: Salus, hospital: Salus, exchange: Exchange) -> None:
    found = names(custodian, hospital.identity, patient=exchange.patient.identity)
    assert Role.HOSPITAL in found.roles
    assert custodian.identities.did(hospital) in found.references


def test_an_open_client_learns_what_another_process_keeps_and_withdraws(
    chain: Chain, tmp_path: Path, closed_later: ClosedLater
) -> None:
    account = development_account(8)
    keys = IdentityKeys.generate(account.identity, created_at=chain.now())
    url = f"sqlite:{tmp_path / 'keys.sqlite'}"
    vaults = [
        closed_later(Vault(MemoryStorage("one"), url, keys=keys, chain_id=chain.chain_id))
        for _ in range(2)
    ]
    service, beside = (Salus(chain, account=account, vault=each) for each in vaults)
    same = Salus(chain, account=account, vault=vaults[0])
    nurse = Account.create().identity

    def names(client: Salus) -> bool:
        block = chain.block().number
        found = client.consents.actors.party(nurse, patient=account.identity, block=block)
        return DOCTOR in found.references

    assert not any(map(names, (service, same, beside)))
    said = beside.consents.actors.state(nurse, DOCTOR)
    assert all(map(names, (service, same, beside)))
    assert [each.document for each in service.consents.actors.search(actor=DOCTOR)] == [said]
    terms = Terms.permit("TREAT", actors=Actor.reference(DOCTOR))
    assert service.consents.actors.unknown(terms, patient=account) == ()
    beside.consents.actors.withdraw(said)
    assert not any(map(names, (service, same, beside)))

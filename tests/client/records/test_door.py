"""What an application author writes of records: paths, iteration, search, opening, revoking."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.chain import Chain, development_account
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.errors import InputError
from salus.terms import Period, ResourceFacts, Terms
from salus.vault.errors import MissingRecord


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def hospital(exchange: Exchange) -> Salus:
    return exchange.custodian


def test_a_path_is_added_with_its_class_and_the_type_of_its_ending(
    exchange: Exchange, hospital: Salus, tmp_path: Path
) -> None:
    study = tmp_path / "study.dcm"
    study.write_bytes(b"DICM pixels")
    added = hospital.records.add(study, patient=exchange.patient, about="ImagingStudy")
    (record,) = hospital.records
    assert (record.kind, record.media_type, record.size) == (
        "ImagingStudy",
        "application/dicom",
        11,
    )
    assert (record.id, record.patient) == (
        added.records[0].manifest.record_id,
        exchange.patient.identity,
    )
    for each in (record, record.id, record.manifest, added.records[0]):
        assert hospital.records.open(each) == b"DICM pixels"


def test_a_path_to_nothing_and_a_class_of_nothing_are_refused(
    exchange: Exchange, hospital: Salus, tmp_path: Path
) -> None:
    for source, about in (
        (tmp_path / "none.pdf", "ImagingStudy"),
        (b"x", "Imagination"),
        (b"x", 7),
    ):
        with pytest.raises(InputError):
            hospital.records.add(source, patient=exchange.patient, about=about)  # type: ignore[arg-type]
    assert list(hospital.records) == []


def test_records_are_searched_by_patient_class_and_time_in_pages(
    exchange: Exchange, hospital: Salus
) -> None:
    days = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    for day in days:
        when = Period(start=day, end=date(2026, day.month, 2))
        about = ResourceFacts(resource_class="Observation.laboratory", when=when)
        hospital.records.add(b"lab", patient=exchange.patient, about=about)
    other = hospital.account
    hospital.records.add(b"note", patient=other, about="DocumentReference")
    search = hospital.records.search
    assert len(list(search(kind="Observation"))) == 3
    assert [each.patient for each in search(patient=other)] == [other.identity]
    assert len(list(search(since=date(2026, 1, 15), until=date(2026, 2, 15)))) == 1
    pages, last = [], None
    while page := list(search(patient=exchange.patient, limit=2, after=last)):
        pages.append(len(page))
        last = page[-1]
    assert pages == [2, 1]
    assert len(list(hospital.records)) == 4


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": "2"}, {"after": "nobody's"}, {"kind": 7}, {"patient": 7}]
)
def test_a_search_refuses_what_it_cannot_understand(
    exchange: Exchange, hospital: Salus, wrong: dict[str, object]
) -> None:
    exchange.add(b"note")
    with pytest.raises(InputError):
        list(hospital.records.search(**wrong))  # type: ignore[arg-type]


def test_a_version_is_listed_once_by_its_newest(exchange: Exchange, hospital: Salus) -> None:
    first = exchange.add(b"one")
    hospital.records.add(
        b"two!", patient=exchange.patient, about="DocumentReference", record=first.record_id
    )
    (record,) = hospital.records
    assert (record.id, record.version, record.size) == (first.record_id, 2, 4)


def test_what_is_collected_opens_for_a_purpose(exchange: Exchange) -> None:
    exchange.add(b"note")
    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    (received,) = exchange.grantee.records.collect()
    assert received.open("TREAT") == b"note"
    assert received.read("TREAT").read_range(0, 2) == b"no"
    assert received.issuer == exchange.custodian.identity
    with pytest.raises(ConsentRefused):
        received.open("HMARKT")
    (consent,) = received.consents
    opened = exchange.grantee.records.open(received.id, under=consent, purpose="TREAT")
    assert opened == b"note"


def test_a_consent_ends_on_chain_and_here_in_one_call(exchange: Exchange, chain: Chain) -> None:
    exchange.add(b"note")
    signed = exchange.consent()
    hospital = exchange.custodian
    hospital.records.share(signed, purpose="TREAT")
    (received,) = exchange.grantee.records.collect()
    done = hospital.records.revoke(signed.consent, by=exchange.patient)
    assert done.shared_keys == 1
    assert hospital.vault.grants.given() == {}
    with pytest.raises(ConsentNotInForce):
        received.open("TREAT")
    assert hospital.records.revoke(signed, by=exchange.patient).shared_keys == 0


def test_who_may_not_revoke_ends_nothing(exchange: Exchange, chain: Chain) -> None:
    from salus.chain import Account
    from salus.errors import SalusError

    exchange.add(b"note")
    signed = exchange.consent()
    exchange.custodian.records.share(signed, purpose="TREAT")
    with pytest.raises(SalusError):
        exchange.custodian.records.revoke(signed, by=Account.create())
    assert exchange.custodian.vault.grants.given() != {}


@pytest.mark.parametrize("wrong", [7, None, b"bytes"])
def test_only_a_record_is_opened(exchange: Exchange, wrong: object) -> None:
    with pytest.raises(InputError, match="record must be"):
        exchange.custodian.records.open(wrong)  # type: ignore[arg-type]
    with pytest.raises((InputError, MissingRecord)):
        exchange.custodian.records.open("00" * 16)


def test_every_verb_takes_a_record_as_it_is_opened(exchange: Exchange, hospital: Salus) -> None:
    for form in (
        lambda record: record,
        lambda record: record.id,
        lambda record: record.manifest,
    ):
        added = exchange.add(b"one")
        (record,) = (each for each in hospital.records if each.id == added.record_id)
        about = "DocumentReference"
        newer = hospital.records.add(
            b"two", patient=exchange.patient, about=about, record=form(record)
        )
        assert (newer.records[0].manifest.record_id, newer.records[0].manifest.version) == (
            record.id,
            2,
        )
        assert hospital.records.receipt(form(record)).issuer == hospital.identity
        assert hospital.records.erase(form(record)).report.record == record.manifest.record
    for verb in (hospital.records.receipt, hospital.records.erase):
        with pytest.raises(InputError, match="must be"):
            verb(7)  # type: ignore[arg-type]


def test_a_consent_that_is_registered_is_shared_under_as_it_stands(exchange: Exchange) -> None:
    exchange.add(b"note")
    hospital, patient = exchange.custodian, exchange.patient
    consent = hospital.consents.propose(patient, exchange.grantee.identity, TREATMENT)
    with pytest.raises(ConsentNotInForce, match=r"Give what `consents\.sign\(\)` returned"):
        hospital.records.share(consent, purpose="TREAT")
    hospital.consents.grant(consent, by=patient)
    assert len(hospital.records.share(consent, purpose="TREAT")) == 1
    (received,) = exchange.grantee.records.collect()
    assert received.open("TREAT") == b"note"
    opened = exchange.grantee.records.open(received, under=consent, purpose="TREAT")
    assert opened == b"note"


def test_terms_that_ended_are_not_proposed(exchange: Exchange, hospital: Salus) -> None:
    ended = Terms.permit("TREAT", until=hospital.chain.now())
    with pytest.raises(InputError, match="give terms that end later"):
        hospital.consents.propose(exchange.patient, exchange.grantee.identity, ended)


def test_a_search_that_ends_before_it_begins_says_so(exchange: Exchange, hospital: Salus) -> None:
    since, until = date(2026, 2, 1), date(2026, 1, 1)
    for search in (hospital.records.search, hospital.consents.search):
        with pytest.raises(InputError, match="is not before until 2026-01-01"):
            list(search(since=since, until=until))


def test_a_file_that_exists_is_replaced_only_where_that_is_said(
    exchange: Exchange, hospital: Salus, tmp_path: Path
) -> None:
    opened = hospital.records.read(exchange.add(b"note"))
    path = tmp_path / "theirs.txt"
    path.write_bytes(b"theirs")
    with pytest.raises(InputError, match="exists: give another name"):
        opened.save_to(path)
    assert path.read_bytes() == b"theirs"
    opened.save_to(path, overwrite=True)
    assert path.read_bytes() == b"note"

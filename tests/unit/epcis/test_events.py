from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.epcis import (
    LotQuantity,
    commissioning_event,
    decommissioning_event,
    dispensing_event,
    document,
    event_hash,
    packing_event,
    receiving_event,
    shipping_event,
    unpacking_event,
    validate_document,
)
from salus.epcis.errors import InvalidEpcis
from salus.epcis.events import error_declaration
from salus.epcis.hashing import document_hashes
from salus.epcis.validation import validate_event
from salus.errors import InvalidValue
from salus.gs1 import Gln, Gtin, LotNumber, Serial, Sscc
from salus.gs1.scan import PackId

AT = datetime(2026, 11, 22, 11, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
GTIN, LOT = Gtin("09506000134352"), LotNumber("AB-12")
PLACE, MAKER, PHARMACY = Gln("4012345000115"), Gln("4012345000009"), Gln("4023333000000")
UNIT = Sscc("040123450000003338")
PACKS = [PackId(GTIN, LOT, Serial(serial)) for serial in ("A/1", "A2")]
THOUSAND = LotQuantity(GTIN, LOT, 1000)


def commissioned(**changes: Any) -> dict[str, Any]:
    given_fields = {"lot": THOUSAND, "expiry": date(2027, 12, 31), "at": AT, "read_point": PLACE}
    return commissioning_event(**{**given_fields, **changes})


def shipped(**changes: Any) -> dict[str, Any]:
    fields = {"at": AT, "read_point": PLACE, "sender": MAKER, "consignee": PHARMACY}
    return shipping_event([UNIT, THOUSAND], **{**fields, **changes})


EVENTS = {
    "commissioning": commissioned(),
    "commissioning-serials": commissioned(
        lot=LotQuantity(GTIN, LOT, 2), serials=[pack.serial for pack in PACKS], location=PLACE
    ),
    "shipping": shipped(transactions={"desadv": "urn:epcglobal:cbv:bt:4012345000009:A1"}),
    "receiving": receiving_event([UNIT], at=AT, read_point=PLACE, sender=MAKER, consignee=PHARMACY),
    "dispensing": dispensing_event(PACKS, at=AT, read_point=PLACE),
    "packing": packing_event(UNIT, [*PACKS, THOUSAND], at=AT, read_point=PLACE),
    "unpacking": unpacking_event(UNIT, at=AT, read_point=PLACE),
    **{
        reason: decommissioning_event(PACKS, reason=reason, at=AT, read_point=PLACE)
        for reason in ("exported", "sample", "destroyed", "stolen", "lost")
    },
}


@pytest.mark.parametrize("name", EVENTS)
def test_every_built_event_is_valid_and_names_itself(name: str) -> None:
    event = EVENTS[name]
    validate_event(event)
    assert event["eventID"] == event_hash(event)


def test_events_travel_in_a_document_and_keep_their_names() -> None:
    sent = document(list(EVENTS.values()), created=AT)
    validate_document(sent)
    names = [event["eventID"] for event in EVENTS.values()]
    assert document_hashes(json.dumps(sent)) == names
    assert len(set(names)) == len(names)


def test_a_document_is_dated_now_unless_told() -> None:
    validate_document(document([EVENTS["shipping"]]))


def test_a_lot_is_named_by_class_and_quantity_or_pack_by_pack() -> None:
    lot_class = "https://id.gs1.org/01/09506000134352/10/AB-12"
    assert EVENTS["commissioning"]["quantityList"] == [{"epcClass": lot_class, "quantity": 1000}]
    assert "epcList" not in EVENTS["commissioning"]
    assert EVENTS["commissioning-serials"]["epcList"] == [
        "https://id.gs1.org/01/09506000134352/21/A%2F1",
        "https://id.gs1.org/01/09506000134352/21/A2",
    ]
    assert EVENTS["commissioning"]["ilmd"] == {
        "cbvmda:lotNumber": "AB-12",
        "cbvmda:itemExpirationDate": "2027-12-31",
    }


def test_time_is_written_with_its_own_offset() -> None:
    assert EVENTS["shipping"]["eventTime"] == "2026-11-22T11:00:00.123+01:00"
    assert EVENTS["shipping"]["eventTimeZoneOffset"] == "+01:00"
    assert shipped(at=AT.astimezone(UTC))["eventTimeZoneOffset"] == "+00:00"


def test_a_time_may_be_unix_seconds() -> None:
    seconds = shipped(at=int(AT.timestamp()))
    assert seconds["eventTime"] == "2026-11-22T10:00:00.000+00:00"


@pytest.mark.parametrize(
    "at",
    [AT.replace(tzinfo=None), AT.replace(tzinfo=timezone(timedelta(seconds=90)))],
    ids=["naive", "seconds"],
)
def test_refuses_a_time_without_a_proper_offset(at: datetime) -> None:
    with pytest.raises(InvalidEpcis, match="eventTime"):
        shipped(at=at)


def test_refuses_an_event_about_nothing() -> None:
    with pytest.raises(InvalidEpcis, match="at least one item"):
        dispensing_event([], at=AT, read_point=PLACE)
    with pytest.raises(InvalidEpcis, match="at least one item"):
        packing_event(UNIT, [], at=AT, read_point=PLACE)


def test_refuses_serials_that_are_not_as_many_as_the_quantity() -> None:
    with pytest.raises(InvalidEpcis, match="2 serials are named for a quantity of 1000"):
        commissioned(serials=[pack.serial for pack in PACKS])


def test_refuses_an_unknown_reason_and_an_unknown_kind_of_document() -> None:
    with pytest.raises(InvalidValue, match="one of exported"):
        decommissioning_event(PACKS, reason="eaten", at=AT, read_point=PLACE)  # type: ignore[arg-type]
    with pytest.raises(InvalidEpcis, match="bizTransactionList"):
        shipped(transactions={"memo": "urn:x:1"})


def test_refuses_one_pack_twice_in_one_event() -> None:
    with pytest.raises(InvalidEpcis, match="twice"):
        dispensing_event([PACKS[0], PACKS[0]], at=AT, read_point=PLACE)


def test_an_error_declaration_keeps_the_name_of_the_wrong_event() -> None:
    wrong, right = shipped(), shipped(consignee=MAKER)
    declared = error_declaration(wrong, at=AT, corrected_by=[right["eventID"]])
    validate_event(declared)
    assert event_hash(declared) == wrong["eventID"]
    assert declared["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert "errorDeclaration" not in wrong


def test_an_event_that_never_happened_needs_no_other_in_its_place() -> None:
    declared = error_declaration(shipped(), at=AT, reason="did_not_occur")
    assert declared["errorDeclaration"] == {
        "declarationTime": "2026-11-22T11:00:00.123+01:00",
        "reason": "did_not_occur",
    }


@given(later=st.timedeltas(timedelta(milliseconds=1), timedelta(days=365)))
def test_shipments_at_different_times_have_different_names(later: timedelta) -> None:
    exact = timedelta(milliseconds=later // timedelta(milliseconds=1))
    assert shipped(at=AT + exact)["eventID"] != EVENTS["shipping"]["eventID"]
    assert shipped(at=AT + exact)["eventID"] != shipped()["eventID"]

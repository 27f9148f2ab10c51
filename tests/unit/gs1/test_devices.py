"""Unique device identifications (UDI) that GS1 issues: the same elements as on medicines."""

from __future__ import annotations

from datetime import date

import pytest

from salus.gs1 import Gtin, LotNumber, Serial, parse_scan
from salus.gs1.errors import BadCheckDigit, IncompleteScan, MalformedElementString
from salus.gs1.scan import PackId, Scan

TODAY = date(2026, 11, 1)

# The GS1 example of the US FDA's "UDI formats by FDA-accredited issuing agency", version 1.3.
FDA_EXAMPLE = "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234"
DEVICE = Scan(
    gtin=Gtin("51022222233336"),
    lot=LotNumber("A213B1"),
    serial=Serial("1234"),
    expiry=date(2015, 7, 7),
    elements=(("11", "141231"),),
)


@pytest.mark.parametrize(
    "payload",
    [
        FDA_EXAMPLE,
        "]d20151022222233336111412311715070710A213B1\x1d211234",
        "\x1d0151022222233336111412311715070710A213B1\x1d211234",
        "]C10151022222233336171507071114123110A213B1\x1d211234",
        "https://id.gs1.org/01/51022222233336/10/A213B1/21/1234?11=141231&17=150707",
    ],
)
def test_reads_identifier_lot_serial_and_both_dates_of_a_device(payload: str) -> None:
    scan = parse_scan(payload, today=TODAY)
    assert scan == DEVICE
    assert scan.pack() == PackId(Gtin("51022222233336"), LotNumber("A213B1"), Serial("1234"))


def test_a_device_survives_a_round_trip_with_its_production_date() -> None:
    for written in (DEVICE.element_string(), DEVICE.digital_link()):
        assert parse_scan(written, today=TODAY) == DEVICE


def test_a_device_without_an_expiry_date_keeps_its_production_date() -> None:
    scan = parse_scan("(01)51022222233336(11)141231(10)A213B1(21)1234", today=TODAY)
    assert (scan.expiry, scan.elements) == (None, (("11", "141231"),))


@pytest.mark.parametrize(
    ("payload", "missing"),
    [
        ("(01)51022222233336", r"lot number \(10\), serial number \(21\)"),
        ("(01)51022222233336(17)271231(10)A213B1", r"serial number \(21\)"),
        ("(01)51022222233336(11)260101(21)1234", r"lot number \(10\)"),
    ],
)
def test_an_incomplete_production_identifier_names_no_single_device(
    payload: str, missing: str
) -> None:
    scan = parse_scan(payload, today=TODAY)
    assert scan.gtin == Gtin("51022222233336")
    with pytest.raises(IncompleteScan, match=missing):
        scan.pack()


def test_a_wrong_check_digit_of_a_device_identifier_is_refused() -> None:
    with pytest.raises(BadCheckDigit, match="should be 6"):
        parse_scan(FDA_EXAMPLE.replace("51022222233336", "51022222233335"))


@pytest.mark.parametrize(
    "payload",
    ["+H123ABC01234567890D", "+H123PARTNO1234567890120/$$420020216LOT123", "=/A9999XYZ100T0944"],
)
def test_identifications_of_other_issuing_agencies_are_refused(payload: str) -> None:
    with pytest.raises(MalformedElementString):
        parse_scan(payload)

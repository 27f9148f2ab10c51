from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from salus.errors import InputError
from salus.gs1 import Gtin, LotNumber, Serial, parse_scan
from salus.gs1.errors import (
    BadCheckDigit,
    ExpiredLot,
    IncompleteScan,
    MalformedElementString,
    MalformedIdentifier,
)
from salus.gs1.identification_keys import check_digit
from salus.gs1.scan import PackId, Scan

CHARSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
TODAY = date(2026, 11, 1)

texts = st.text(CHARSET_82, min_size=1, max_size=20)
gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda p: Gtin(f"{p}{check_digit(p)}"))
scans = st.builds(
    Scan,
    gtin=gtins,
    lot=st.none() | texts.map(LotNumber),
    serial=st.none() | texts.map(Serial),
    expiry=st.none() | st.dates(date(2000, 1, 1), date(2070, 12, 31)),
)
PACK = Scan(
    gtin=Gtin("09506000134352"),
    lot=LotNumber("AB-12"),
    serial=Serial("7QX9"),
    expiry=date(2027, 12, 31),
)


@pytest.mark.parametrize(
    "payload",
    [
        "]d201095060001343521727123110AB-12\x1d217QX9",
        "\x1d01095060001343521727123110AB-12\x1d217QX9",
        b"010950600013435210AB-12\x1d217QX9\x1d17271231",
        "010950600013435217271231\x1d10AB-12\x1d217QX9\x1d",
        "(01)09506000134352(17)271231(10)AB-12(21)7QX9",
        "(01) 09506000134352 (17) 271231 (10) AB-12 (21) 7QX9",
        "https://id.gs1.org/01/09506000134352/10/AB-12/21/7QX9?17=271231",
        "https://pharma.example/p/01/9506000134352/10/AB-12/21/7QX9?17=271200&utm=1",
    ],
)
def test_reads_the_same_pack_from_every_form(payload: str | bytes) -> None:
    assert parse_scan(payload, today=TODAY) == PACK


@given(scan=scans)
def test_element_string_and_digital_link_survive_a_round_trip(scan: Scan) -> None:
    assert parse_scan(scan.element_string(), today=TODAY) == scan
    assert parse_scan(scan.digital_link(), today=TODAY) == scan


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """What a scanner makes of a code: a character lost, doubled or read as another, or none."""
    payload = draw(scans).element_string()
    at = draw(st.integers(0, len(payload)))
    return payload[:at] + draw(st.text(max_size=2)) + payload[at + draw(st.integers(0, 2)) :]


@given(payload=st.text(max_size=60) | st.binary(max_size=60) | damaged())
@example(payload=PACK.element_string())
def test_any_input_is_read_or_refused_with_a_named_error(payload: str | bytes) -> None:
    try:
        scan = parse_scan(payload, today=TODAY)
    except InputError:
        return
    assert parse_scan(scan.element_string(), today=TODAY) == scan


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("", "empty"),
        (b"\xff01", "not ASCII"),
        ("2112345", "no GTIN"),
        ("010950600013435210" + "A" * 21, "runs on"),
        ("010950600013435210AB 12", "runs on"),
        ("010950600013435210A\x1d10B", "stands twice"),
        ("(01)09506000134352 and more(10)A", "Failed to match"),
        ("(01)09506000134352(19)1", "Failed to get GS1 Application Identifier"),
        ("https://id.gs1.org/01/09506000134352?17=271231&17=281231", "stands twice"),
        ("https://example.org/no/key", "primary identifier"),
        ("(01" + "0" * 5000, "longer than"),
    ],
)
def test_refuses_what_is_not_gs1_data(payload: str | bytes, words: str) -> None:
    with pytest.raises(MalformedElementString, match=words):
        parse_scan(payload)


@pytest.mark.parametrize(
    "payload",
    ["0109506000134350", "(01)09506000134350", "https://id.gs1.org/01/09506000134350"],
)
def test_a_bad_check_digit_is_refused_in_every_form(payload: str) -> None:
    with pytest.raises(BadCheckDigit, match="should be 2"):
        parse_scan(payload)


def test_refuses_an_expiry_that_does_not_exist() -> None:
    with pytest.raises(MalformedIdentifier):
        parse_scan("(01)09506000134352(17)270230")


def test_other_fields_are_kept_and_written_again() -> None:
    scan = parse_scan("(01)09506000134352(11)260101(710)12345678(21)1", today=TODAY)
    assert scan.elements == (("11", "260101"), ("710", "12345678"))
    assert parse_scan(scan.element_string(), today=TODAY) == scan
    assert parse_scan(scan.digital_link(), today=TODAY) == scan


def test_a_pack_is_named_only_by_a_complete_scan() -> None:
    assert PACK.pack() == PackId(Gtin("09506000134352"), LotNumber("AB-12"), Serial("7QX9"))
    with pytest.raises(IncompleteScan, match=r"lot number \(10\), serial number \(21\)"):
        parse_scan("(01)09506000134352").pack()


def test_a_pack_is_good_through_its_expiry_date_and_refused_after() -> None:
    PACK.check_not_expired(on=date(2027, 12, 31))
    with pytest.raises(ExpiredLot, match="lot AB-12 expired on 2027-12-31"):
        PACK.check_not_expired(on=date(2028, 1, 1))
    with pytest.raises(IncompleteScan, match="expiry"):
        parse_scan("(01)09506000134352").check_not_expired()

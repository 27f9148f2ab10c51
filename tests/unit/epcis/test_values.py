from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.epcis.errors import InvalidEpcis
from salus.epcis.hash_numbers import number_text, time_text
from salus.epcis.hashing import document_hashes, prehashes
from salus.epcis.identifiers import canonical_uri
from salus.gs1 import Gtin, Serial
from salus.gs1.links import pack_uri

CHARSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.0", "1"),
        ("0.3434000", "0.3434"),
        ("-0.0", "0"),
        ("+5", "5"),
        ("007", "7"),
        (".5", "0.5"),
        ("-.50", "-0.5"),
        ("1500", "1500"),
        ("1.5e3", "1500"),
        ("1E-3", "0.001"),
        ("1e9999", "1e9999"),
        ("1_0", "1_0"),
        ("٣", "٣"),
        ("NaN", "NaN"),
        ("", ""),
    ],
)
def test_numbers_have_one_form(text: str, canonical: str) -> None:
    assert number_text(text) == canonical


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_the_form_of_a_number_keeps_its_value(number: Decimal) -> None:
    text = number_text(str(number))
    assert Decimal(text) == number
    assert number_text(text) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2023-01-18T11:04:03.1415Z", "2023-01-18T11:04:03.142Z"),
        ("2023-01-18T11:04:03.1414999Z", "2023-01-18T11:04:03.141Z"),
        ("2023-12-31T23:59:59.9995Z", "2024-01-01T00:00:00.000Z"),
        ("2023-01-18T11:04:03+14:00", "2023-01-17T21:04:03.000Z"),
        ("2023-01-18T11:04:03.1-06:00", "2023-01-18T17:04:03.100Z"),
    ],
)
def test_times_are_in_utc_with_rounded_milliseconds(text: str, canonical: str) -> None:
    assert time_text(text, "eventTime") == canonical


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-18",
        "2023-01-18T11:04:03",
        "2023-02-30T11:04:03Z",
        "2023-01-18T24:00:00Z",
        "9999-12-31T23:59:59.9999Z",
        "0001-01-01T00:00:00+14:00",
        "2023-01-18T11:04:03Z ",
    ],
)
def test_refuses_a_time_that_is_none(text: str) -> None:
    with pytest.raises(InvalidEpcis, match="eventTime"):
        time_text(text, "eventTime")


@given(
    moment=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_one_moment_has_one_form_in_every_time_zone(moment: datetime, minutes: int) -> None:
    utc = moment.replace(microsecond=0, tzinfo=UTC)
    there = utc.astimezone(timezone(timedelta(minutes=minutes)))
    assert time_text(there.isoformat(), "t") == time_text(utc.isoformat(), "t")


@given(serial=st.text(CHARSET_82, min_size=1, max_size=20))
def test_the_name_of_a_pack_is_already_canonical(serial: str) -> None:
    name = pack_uri(Gtin("09506000134352"), Serial(serial))
    assert canonical_uri(name) == name


@given(serial=st.text("ABCabc012!()*+,-._:;='", min_size=1, max_size=20))
def test_urn_and_digital_link_of_a_pack_are_one(serial: str) -> None:
    name = pack_uri(Gtin("04012345111118"), Serial(serial))
    assert canonical_uri(f"urn:epc:id:sgtin:4012345.011111.{serial}") == name


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("urn:epc:id:sgtin:0614141.011111.98%2F7", "/01/00614141111114/21/98%2F7"),
        ("urn:epc:id:sgtin:4012345.011111.A*", "/01/04012345111118/21/A%2A"),
        ("urn:epc:id:giai:4012345.A.B", "/8004/4012345A.B"),
        ("urn:epc:id:cpi:4012345.A%2FB.7", "/8010/4012345A%2FB/8011/7"),
        ("urn:epc:id:sgln:401234500001..9", "/414/4012345000016/254/9"),
        ("urn:epc:idpat:grai:4012345.66666.*", "/8003/04012345666663"),
        ("https://x.example/01/4012345111118/22/2A/10/L1", "/01/04012345111118/10/L1"),
        ("https://x.example/01/04012345111118/10/L1/235/T", "/01/04012345111118/235/T"),
        ("http://x.example/a/b/414/4012345000054/254/0?z", "/414/4012345000054/254/0"),
        ("https://id.gs1.org/8017/401234500000987658/8019/3", "/8017/401234500000987658"),
    ],
)
def test_identifiers_become_constrained_digital_links(value: str, canonical: str) -> None:
    assert canonical_uri(value) == "https://id.gs1.org" + canonical


@pytest.mark.parametrize(
    "value",
    [
        "urn:epc:id:sgtin:4012345.0111.1",
        "urn:epc:id:sgtin:401234x.011111.1",
        "urn:epc:id:sscc:4012345",
        "urn:epc:id:unknown:1.2.3",
        "urn:epc:idpat:sgtin:*.*.*",
        "urn:epc:idpat:sgtin:4012345.011111.7",
        "https://example.com/01/123",
        "https://example.com/01/04012345111118/orders",
        "https://example.com/01/04012345111118/99/x",
        "https://[broken/01/04012345111118",
        "geo:47.5,11.1",
        "plain text",
    ],
)
def test_anything_else_stays_as_it_is(value: str) -> None:
    assert canonical_uri(value) == value


HUGE = ["1E9999999999999999999", "1E-9999999999999999999", "1E10000", "1E-10000"]


@pytest.mark.parametrize("number", HUGE)
def test_a_number_beyond_all_ranges_is_named(number: str) -> None:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
    }
    what = '"epcClass":"urn:epc:class:lgtin:4012345.012345.1"'
    document = f'{json.dumps(event)[:-1]},"quantityList":[{{{what},"quantity":{number}}}]}}'
    with pytest.raises(InvalidEpcis):
        document_hashes(document)


@pytest.mark.parametrize("number", [Decimal("1E10000"), Decimal("1E-10000")])
def test_so_is_one_that_a_program_gives(number: object) -> None:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.1", "quantity": number}],
    }
    with pytest.raises(InvalidEpcis):
        document_hashes(event)


def test_a_large_number_is_written_without_an_exponent() -> None:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
    }
    for number in (10**5000, Decimal("1E5000"), Decimal("1.0E+5000")):
        what = {"epcClass": "urn:epc:class:lgtin:4012345.012345.1", "quantity": number}
        (text,) = prehashes(event | {"quantityList": [what]})
        assert "1" + "0" * 5000 in text

"""A byte order mark, or XML where JSON belongs: passed over or named, everywhere alike."""

from __future__ import annotations

import json
from codecs import BOM_UTF8, BOM_UTF16_LE
from datetime import date
from pathlib import Path

import pytest

from salus.cli.consignments import packs_in
from salus.cli.files import read_exact, read_file, read_json, read_text
from salus.demo.samples import bundle_bytes
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.sources import openings_of
from salus.errors import InputError
from salus.fhir import from_fhir
from salus.fhir.bundle import resources
from salus.fhir.errors import MalformedJson
from salus.fhir.strict_json import parse
from salus.gs1 import Gtin, LotNumber
from salus.terms import Effect
from salus_verify import json_reader

BOM_LIST = Path(__file__).parents[4] / "shared" / "cases" / "supply" / "bom.txt"
CONDITION = b'{"resourceType":"Condition","subject":{"reference":"Patient/p"}}'


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    built = LotManifest.build(
        Gtin("09506000134352"),
        LotNumber("AB-12"),
        maker="0x" + "11" * 20,
        expiry=date(2028, 12, 31),
        serials=["W0001", "W0002", "W0003"],
    )
    path = tmp_path / "lot.json"
    path.write_bytes(BOM_UTF8 + built.to_json())
    return path


def test_a_serial_list_with_a_byte_order_mark_names_the_same_packs(
    tmp_path: Path, manifest: Path
) -> None:
    listed = tmp_path / "serials.txt"
    listed.write_bytes(BOM_UTF8 + b"W0001\r\nW0002\r\n")
    found = openings_of(packs_in(manifest), read_text(listed).split())
    assert [each.serial.value for each in found] == ["W0001", "W0002"]


@pytest.mark.skipif(not BOM_LIST.is_file(), reason="the small inputs are not on this machine")
def test_the_list_that_was_taken_for_a_falsification_is_read() -> None:
    assert read_text(BOM_LIST).split() == ["W0001", "W0002"]


def test_a_makers_own_list_with_a_wrong_serial_accuses_nobody(manifest: Path) -> None:
    with pytest.raises(InputError, match="'W9' is not part of lot AB-12: correct the list") as told:
        openings_of(packs_in(manifest), ["W0001", "W9"])
    assert "falsification" not in str(told.value)


def test_text_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "serials.txt"
    path.write_bytes(BOM_UTF16_LE + "W0001\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="it is in UTF-16, and text is read in UTF-8: save it"):
        read_text(path)


def test_documents_are_the_same_with_a_byte_order_mark_before_them(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(BOM_UTF8 + b'{"a":1}')
    assert read_json(path) == {"a": 1} == json.loads(read_file(path))
    assert json_reader.load(BOM_UTF8 + b"[]") == json_reader.load("\ufeff[]") == []


def test_a_record_whose_digest_counts_keeps_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "record"
    path.write_bytes(BOM_UTF8 + CONDITION)
    assert read_exact(path) == BOM_UTF8 + CONDITION
    [single] = resources(BOM_UTF8 + CONDITION)
    assert single.data == BOM_UTF8 + CONDITION


def test_fhir_is_read_with_a_byte_order_mark_before_it() -> None:
    assert parse(BOM_UTF8 + b"{}") == {}
    plain, marked = (list(resources(mark + bundle_bytes())) for mark in (b"", BOM_UTF8))
    assert plain == marked
    lines = CONDITION + b"\n" + CONDITION
    assert [each.data for each in resources(BOM_UTF8 + lines)] == [CONDITION] * 2
    active = b'{"resourceType":"Consent","status":"active","provision":{"type":"permit"}}'
    assert from_fhir(BOM_UTF8 + active).terms.base.effect is Effect.PERMIT


@pytest.mark.parametrize("text", [b"<Bundle/>", b"\n\t<?xml version='1.0'?>", BOM_UTF8 + b"<a/>"])
def test_xml_where_json_belongs_is_named(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(MalformedJson, match="this is XML, and FHIR is read as JSON"):
        list(resources(text))
    path = tmp_path / "file"
    path.write_bytes(text)
    with pytest.raises(InputError, match="is not JSON: it is XML"):
        read_json(path)

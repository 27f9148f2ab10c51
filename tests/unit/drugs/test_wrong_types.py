"""Whatever is given in the place of a medicine's identifiers, documents or times: our errors."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest

from salus import epcis, gs1
from salus.contracts.drugs.values import Flag, Reason, Shipment
from salus.drugs import documents, lot_id
from salus.drugs.documents import sources
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.event import AnchoredEvent
from salus.drugs.documents.lot_manifest import LotManifest
from salus.errors import SalusError
from salus.gs1 import Gln, Gtin, LotNumber, Serial, Sscc
from salus.gs1.scan import PackId, Scan
from salus.supply import serials_in
from salus.testing import local_salus

GTIN, LOT, PLACE, SERIAL = (
    Gtin("09506000134352"),
    LotNumber("AB-12"),
    Gln("9520001000003"),
    Serial("S1"),
)
MAKER = "0x" + "11" * 20
MANIFEST = LotManifest.build(
    GTIN, LOT, maker=MAKER, expiry=date(2030, 1, 31), serials=["S1"], at=PLACE
)
assert MANIFEST.event
SHIPMENT = Shipment(lot_id(GTIN, LOT, MAKER), MAKER, MAKER, 1, bytes(32), bytes(32))
CONSIGNMENT = Consignment(GTIN, LOT, SHIPMENT, {SERIAL: MANIFEST.opening("S1")})
RIGHT = {
    "Gtin": GTIN,
    "LotNumber": LOT,
    "Serial": SERIAL,
    "Gln": PLACE,
    "Sscc": Sscc("040123450000003338"),
    "PackId": PackId(GTIN, LOT, SERIAL),
    "Address": MAKER,
    "AnyIdentity": MAKER,
    "LotManifest": MANIFEST,
    "PackOpening": MANIFEST.opening("S1"),
    "Consignment": CONSIGNMENT,
    "PackSource": MANIFEST,
    "Shipment": SHIPMENT,
    "Reason": Reason.DESTROYED,
    "Flag": Flag.LOCKED,
    "Scan": Scan(GTIN, LOT),
    "LotQuantity": epcis.LotQuantity(GTIN, LOT, 1),
    "Moment": datetime(2026, 11, 22, tzinfo=UTC),
    "date": date(2030, 1, 31),
    "bytes": bytes(32),
    "str": "A",
    "int": 1,
    "bool": True,
    "Mapping": MANIFEST.event.document,
    "Sequence": [],
    "Iterable": ["S1"],
    "PackEnding": "lost",
    "Literal": "lost",
    "Collection": (),
}


BEHIND = {
    "salus.drugs.documents.commitments": "pack_commitment pack_salt",
    "salus.drugs.documents.pack_opening": "contents_root",
    "salus.epcis.events": "error_declaration",
    "salus.epcis.hashing": "document_hashes event_digest hash_to_digest prehashes",
    "salus.epcis.validation": "validate_event",
    "salus.gs1.fields": "expires_at format_date last_day lot_digest parse_date",
    "salus.gs1.identification_keys": "check_digit",
    "salus.gs1.links": "lot_uri pack_uri",
}
"""What the doors do not list, and what an author meets all the same."""


class Wrong:
    """Of no type that anything takes."""


WRONG = (Wrong(), 1.5, {1: 2})
SKIPPED = {"keep", "say", "context", "left"}
"""Callables show when they are called; a context may be any JSON."""


def right(annotation: str) -> Any:
    name = annotation.split("[")[0].split(" |")[0]
    return RIGHT[name]


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    listed = {room.__name__: room.__all__ for room in (gs1, epcis, documents)}
    for place, names in (
        *listed.items(),
        *((each, words.split()) for each, words in BEHIND.items()),
    ):
        for name in names:
            if inspect.isfunction(function := getattr(import_module(place), name)):
                yield f"{place}.{name}", function
    for function in (sources.read_packs, sources.openings_of, sources.opening_of):
        yield function.__name__, function
    yield "serials_in", serials_in
    yield "lot_id", lot_id
    salus = local_salus()
    drugs = salus.drugs
    parts: dict[str, object] = {
        "lots": drugs.lots,
        "products": drugs.products,
        "shipments": drugs.shipments,
        "despatches": drugs.despatches,
        "packs": drugs.packs,
        "safety": drugs.safety,
        "supply.lots": salus.supply.lots,
        "drugs": drugs,
        "manifest": MANIFEST,
        "opening": MANIFEST.opening("S1"),
        "consignment": CONSIGNMENT,
        "event": AnchoredEvent,
        "Scan": Scan(GTIN, LOT, SERIAL, expiry=date(2030, 1, 31)),
    }
    for owner, part in parts.items():
        for name, function in inspect.getmembers(part, inspect.ismethod):
            if not name.startswith("_"):
                yield f"{owner}.{name}", function


def calls() -> Iterator[Any]:
    for label, function in functions():
        for name in inspect.signature(function).parameters:
            if name not in SKIPPED:
                yield pytest.param(function, name, id=f"{label}-{name}")


@pytest.mark.parametrize(("function", "name"), calls())
def test_a_wrong_type_gets_one_of_our_errors(function: Callable[..., Any], name: str) -> None:
    parameters = inspect.signature(function).parameters
    given = {
        each: right(parameter.annotation)
        for each, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    refused = 0
    for wrong in WRONG:
        try:
            found = function(**{**given, name: wrong})
            list(found) if inspect.isgenerator(found) else None
        except SalusError:
            refused += 1
        else:
            assert isinstance(wrong, dict)
            assert "Mapping" in parameters[name].annotation
    assert refused >= 2


def test_a_text_is_not_taken_for_a_list_of_serials() -> None:
    with pytest.raises(SalusError):
        LotManifest.build(GTIN, LOT, maker=MAKER, expiry=date(2030, 1, 31), serials="S1")
    with pytest.raises(SalusError):
        sources.openings_of(MANIFEST, "S1")
    with pytest.raises(SalusError):
        LotManifest.build(GTIN, LOT, maker=MAKER, expiry=date(2030, 1, 31), serials=[1])  # type: ignore[list-item]


def test_enums_are_taken_by_name() -> None:
    from salus.contracts.drugs.errors import LotUnknown

    with pytest.raises(LotUnknown):
        local_salus().drugs.packs.decommission(MANIFEST.opening("S1"), "destroyed")  # type: ignore[arg-type]

"""What travels with a shipment is read strictly, and opens its packs offline."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import rfc8785
from tests.support.lots import MAKERS_GLN, PHARMACYS_GLN

from salus.contracts.drugs.values import Shipment
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.event import AnchoredEvent
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import contents_root
from salus.drugs.errors import MalformedOpening, NotInConsignment
from salus.drugs.lot_ids import lot_id
from salus.epcis import LotQuantity, shipping_event
from salus.errors import InputError
from salus.gs1 import Gtin, LotNumber, Serial
from salus.gs1.errors import BadCheckDigit

GTIN, LOT = Gtin("09506000134352"), LotNumber("AB-12")
MAKER, PHARMACY = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.fixture(scope="module")
def consignment() -> Consignment:
    manifest = LotManifest.build(
        GTIN, LOT, maker=MAKER, expiry=date(2030, 1, 31), serials=["A", "B", "C"]
    )
    openings = [manifest.opening(each) for each in ("A", "C")]
    root = contents_root(openings)
    shipment = Shipment(lot_id(GTIN, LOT, MAKER), MAKER, PHARMACY, 2, root, b"\x0e" * 32)
    return Consignment(GTIN, LOT, shipment, {each.serial: each for each in openings})


def changed(consignment: Consignment, **members: Any) -> bytes:
    return rfc8785.dumps({**json.loads(consignment.to_json()), **members})


def test_reads_back_what_it_wrote(consignment: Consignment) -> None:
    assert Consignment.from_json(consignment.to_json()) == consignment


def test_opens_the_packs_that_came_and_no_others(consignment: Consignment) -> None:
    assert consignment.opening(Serial("A")).index == 0
    with pytest.raises(NotInConsignment, match="says nothing about the pack"):
        consignment.opening(Serial("B"))


def test_its_repr_holds_no_salts(consignment: Consignment) -> None:
    salt = consignment.opening(Serial("A")).salt
    assert salt.hex() not in repr(consignment)
    assert repr(salt) not in repr(consignment)


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"gtin": "09506000134350"}, BadCheckDigit),
        ({"lot": "OTHER"}, MalformedOpening),
        ({"from": "nobody"}, InputError),
        ({"to": "0x12"}, InputError),
        ({"quantity": -1}, MalformedOpening),
        ({"quantity": True}, MalformedOpening),
        ({"quantity": 3}, MalformedOpening),
        ({"contentsRoot": "00"}, MalformedOpening),
        ({"eventHash": None}, MalformedOpening),
        ({"openings": [{}]}, MalformedOpening),
        ({"openings": "x"}, MalformedOpening),
        ({"type": "salus/consignment/v2"}, MalformedOpening),
        ({"type": "other"}, MalformedOpening),
        ({"more": 1}, MalformedOpening),
    ],
)
def test_refuses_another_form(
    consignment: Consignment, members: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Consignment.from_json(changed(consignment, **members))


def test_refuses_openings_that_are_not_what_was_shipped(consignment: Consignment) -> None:
    one = json.loads(consignment.to_json())["openings"][:1]
    with pytest.raises(InputError, match="contents"):
        Consignment.from_json(changed(consignment, openings=one))


def test_keeps_the_event_that_its_shipment_names(consignment: Consignment) -> None:
    event = shipped(consignment)
    named = replace(consignment.shipment, event_hash=event.digest)
    sent = replace(consignment, shipment=named, event=event)
    assert Consignment.from_json(sent.to_json()).event == event


@pytest.mark.parametrize("event", [{"type": "module"}, "an event", [], {"bizStep": 1}])
def test_refuses_what_is_not_an_event(consignment: Consignment, event: object) -> None:
    with pytest.raises(MalformedOpening, match="EPCIS event"):
        Consignment.from_json(changed(consignment, event=event))


def test_refuses_an_event_that_its_shipment_does_not_name(consignment: Consignment) -> None:
    with pytest.raises(MalformedOpening, match="not the one that the shipment names"):
        Consignment.from_json(changed(consignment, event=shipped(consignment).document))


def shipped(consignment: Consignment) -> AnchoredEvent:
    event = shipping_event(
        [LotQuantity(GTIN, LOT, consignment.shipment.quantity)],
        at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        read_point=MAKERS_GLN,
        sender=MAKERS_GLN,
        consignee=PHARMACYS_GLN,
    )
    return AnchoredEvent.of(event)

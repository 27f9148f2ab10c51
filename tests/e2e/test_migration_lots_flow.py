"""Lots that are closed in one deployment and commissioned again in the next."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.second_deployment import Move, make_move

from salus import Salus
from salus import migration as moving
from salus.contracts.drugs.errors import LotIsRecalled
from salus.contracts.drugs.events import LotCommissioned
from salus.contracts.drugs.pack_errors import PackNotInLot
from salus.contracts.drugs.values import Flag, Reason, Shipment
from salus.demo.medicine import GLNS, demonstration_gtin
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening, contents_root
from salus.epcis import LotQuantity, commissioning_event
from salus.epcis.hashing import event_digest
from salus.errors import InputError
from salus.gs1 import Gtin, LotNumber
from salus.testing.participants import People

move = pytest.fixture(scope="module")(make_move)


def leaf(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


LOT, EVENT = LotNumber("MOVE-1"), leaf("EPCIS event")
SERIALS = [f"S{index}" for index in range(10)]


def hand_over(
    clients: People | dict[str, Salus], openings: list[PackOpening], sender: str, consignee: str
) -> Shipment:
    (first, *_), to = openings, clients[consignee].account.identity
    shipment, _ = clients[sender].drugs.shipments.send(
        first.gtin,
        first.lot,
        to=to,
        quantity=len(openings),
        contents_root=contents_root(openings),
        event_hash=leaf(f"{sender} {consignee} {openings[0].serial}"),
    )
    return shipment


def receive(clients: People | dict[str, Salus], shipment: Shipment, by: str, gtin: Gtin) -> None:
    clients[by].drugs.shipments.take(shipment, gtin, LOT, event_hash=EVENT)


def test_a_lot_is_closed_and_commissioned_again_with_what_is_left(move: Move) -> None:
    old, new, gtin = move.old, move.new, demonstration_gtin()
    now = datetime.fromtimestamp(old["manufacturer"].chain.now(), UTC)
    expiry = (now + timedelta(days=365)).date()
    maker = old.identity("manufacturer")
    manifest = LotManifest.build(gtin, LOT, maker=maker, expiry=expiry, serials=SERIALS)
    packs = [manifest.opening(serial) for serial in manifest.serials]
    old["regulator"].drugs.products.register(gtin, holder=maker, makers=[maker])
    old["manufacturer"].drugs.lots.commission(manifest, event_hash=EVENT)
    receive(old, hand_over(old, packs[:4], "manufacturer", "pharmacist"), "pharmacist", gtin)
    lost_way = hand_over(old, packs[4:6], "manufacturer", "distributor")
    old["pharmacist"].drugs.packs.dispense(packs[0])
    old["pharmacist"].drugs.packs.dispense(packs[1])
    old["pharmacist"].drugs.packs.restore(packs[1])
    old["manufacturer"].drugs.packs.flag(packs[9], Flag.STOLEN)
    old["manufacturer"].drugs.packs.decommission(packs[9], Reason.STOLEN)

    # The old place: nothing in transit, then nothing forward.
    old["distributor"].drugs.shipments.reject(lost_way)
    old["manufacturer"].drugs.shipments.take_back(lost_way)
    old["manufacturer"].drugs.safety.recall(
        gtin, LOT, reason_digest=leaf("moved to the new deployment")
    )
    held = {
        name: old[name].drugs.lots.held(gtin, LOT)
        for name in ("manufacturer", "distributor", "pharmacist")
    }
    assert held == {"manufacturer": 5, "distributor": 0, "pharmacist": 3}
    with pytest.raises(LotIsRecalled):
        old["pharmacist"].drugs.packs.dispense(packs[2])

    # The new place: what is left, under the same salts, by an event that names the old lot.
    left = moving.remaining(old["manufacturer"], manifest)
    assert left.quantity == sum(held.values())
    assert left.opening("S1").commitment == manifest.opening("S1").commitment
    pedigree = {"pedigree": moving.lot_uri_of(old["manufacturer"], manifest)}
    event = commissioning_event(
        lot=LotQuantity(gtin, LOT, left.quantity),
        expiry=expiry,
        at=now,
        read_point=GLNS["manufacturer"],
        transactions=pedigree,
    )
    new["regulator"].drugs.products.register(gtin, holder=maker, makers=[maker])
    sent = new["manufacturer"].drugs.lots.commission(left, event_hash=event_digest(event))
    (commissioned,) = [each for each in sent.events if isinstance(each, LotCommissioned)]
    assert commissioned.event_hash == event_digest(event)
    assert commissioned.lot.hex() in event["bizTransactionList"][0]["bizTransaction"]

    # Custody as it was.
    moved = [left.opening(serial) for serial in ("S1", "S2", "S3")]
    receive(new, hand_over(new, moved, "manufacturer", "pharmacist"), "pharmacist", gtin)
    assert {name: new[name].drugs.lots.held(gtin, LOT) for name in held} == held
    new["pharmacist"].drugs.packs.dispense(moved[0])
    for gone in (packs[0], packs[9]):
        with pytest.raises(PackNotInLot):
            new["pharmacist"].drugs.packs.dispense(gone)


def test_a_lot_of_which_nothing_is_left_is_not_moved(move: Move) -> None:
    old, gtin = move.old, demonstration_gtin()
    expiry = datetime.fromtimestamp(old["manufacturer"].chain.now(), UTC).date() + timedelta(days=9)
    maker = old.identity("manufacturer")
    manifest = LotManifest.build(gtin, LOT, maker=maker, expiry=expiry, serials=["S0"])
    old["regulator"].drugs.products.register(gtin, holder=maker, makers=[maker])
    old["manufacturer"].drugs.lots.commission(manifest, event_hash=EVENT)
    old["manufacturer"].drugs.packs.decommission(manifest.opening("S0"), Reason.DESTROYED)
    with pytest.raises(InputError, match="nothing is left"):
        moving.remaining(old["manufacturer"], manifest)

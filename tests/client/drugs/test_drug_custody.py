"""Custody of lots: conserved quantities, two steps, shortages, ways back, stops."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from tests.support.lots import EVENT, MAKERS_GLN, PHARMACYS_GLN, Book, new_gtin

from salus.contracts.drugs.errors import (
    LotInsufficient,
    LotIsRecalled,
    LotOpeningWrong,
    NotProductAuthority,
    NotTradingPartner,
    ShipmentExists,
    ShipmentNotOverdue,
    ShipmentOverage,
    ShipmentToSelf,
    ShipmentWrongStatus,
)
from salus.contracts.drugs.events import LotCommissioned, LotReceived, LotShipped
from salus.contracts.drugs.pack_errors import PackReasonInvalid
from salus.contracts.drugs.values import Reason, Shipment, ShipmentStatus
from salus.contracts.signed_acts import NotController
from salus.drugs import Verdict, lot_id
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening, contents_root
from salus.drugs.errors import ForgedConsignment, NotInConsignment, PackRefused
from salus.errors import InputError, VerificationError
from salus.gs1 import LotNumber
from salus.testing import advance, local_salus, people
from salus.testing.participants import People


@pytest.fixture
def book(team: People) -> Book:
    return Book.commission(team)


# Custody -----------------------------------------------------------------------------------------


def test_custody_moves_in_two_steps(book: Book, team: People) -> None:
    shipment = book.ship(5)
    state = team.pharmacist.drugs.shipments.state(shipment)
    assert (state.status, state.in_transit) == (ShipmentStatus.IN_TRANSIT, 5)
    assert (book.held("manufacturer"), book.held("pharmacist")) == (7, 0)

    transaction = book.receive(shipment)

    assert any(isinstance(each, LotReceived) for each in transaction.events)
    assert team.pharmacist.drugs.shipments.state(shipment).status is ShipmentStatus.CLOSED
    assert (book.held("manufacturer"), book.held("pharmacist")) == (7, 5)


def test_the_contract_names_a_shipment_alike(book: Book, team: People) -> None:
    shipment = book.ship(1)
    named = team.regulator.chain.contract("DrugProvenance").call(
        "shipmentIdOf", shipment.as_tuple()
    )
    assert named == shipment.id
    with pytest.raises(ShipmentExists):
        team.manufacturer.drugs.shipments.send(
            book.gtin,
            book.lot,
            to=shipment.consignee,
            quantity=1,
            contents_root=shipment.contents_root,
            event_hash=shipment.event_hash,
        )


def test_a_shortage_stays_in_transit_disputed_until_it_turns_up(book: Book, team: People) -> None:
    shipment = book.ship(5)
    book.receive(shipment, counted=3)
    state = team.pharmacist.drugs.shipments.state(shipment)
    assert (state.status, state.in_transit) == (ShipmentStatus.DISPUTED, 2)

    book.receive(shipment, counted=2)
    assert book.held("pharmacist") == 5


def test_an_overage_is_refused_and_disputed_and_never_credited(book: Book, team: People) -> None:
    shipment = book.ship(5)
    with pytest.raises(ShipmentOverage) as refused:
        book.receive(shipment, counted=6)
    assert (refused.value.in_transit, refused.value.counted) == (5, 6)

    team.pharmacist.drugs.shipments.dispute(shipment, counted=6)
    assert team.pharmacist.drugs.shipments.state(shipment).status is ShipmentStatus.DISPUTED
    assert book.held("pharmacist") == 0


def test_a_rejected_shipment_goes_back(book: Book, team: People) -> None:
    shipment = book.ship(5)
    team.pharmacist.drugs.shipments.reject(shipment)
    with pytest.raises(ShipmentWrongStatus):
        book.receive(shipment)
    team.manufacturer.drugs.shipments.take_back(shipment)
    assert (book.held("manufacturer"), book.held("pharmacist")) == (12, 0)


def test_nothing_is_taken_back_before_it_is_overdue(book: Book, team: People) -> None:
    with pytest.raises(ShipmentNotOverdue):
        team.manufacturer.drugs.shipments.take_back(book.ship(5))


def test_a_lost_shipment_is_written_off_once_it_is_overdue() -> None:
    """On a chain of its own: a month passes."""
    salus = local_salus()
    team = people(salus.chain, ["manufacturer", "pharmacist", "regulator"])
    book = Book.commission(team)
    shipment, other = book.ship(5), book.ship(2)
    with pytest.raises(ShipmentNotOverdue):
        team.manufacturer.drugs.shipments.write_off(shipment, Reason.LOST)
    with pytest.raises(PackReasonInvalid):
        team.manufacturer.drugs.shipments.write_off(shipment, Reason.DISPENSED)
    advance(salus.chain, salus.chain.contract("DrugProvenance").call("TRANSIT_LIMIT"))
    team.manufacturer.drugs.shipments.write_off(shipment, Reason.LOST)
    team.manufacturer.drugs.shipments.take_back(other)
    assert team.manufacturer.drugs.shipments.state(shipment).status is ShipmentStatus.CLOSED
    assert book.held("manufacturer") == 7


def consignment(book: Book, openings: list[PackOpening]) -> Consignment:
    """Ship these openings, genuine or not, and read what travels as its consignee does."""
    shipment, _ = book.team.manufacturer.drugs.shipments.send(
        book.gtin,
        book.lot,
        to=book.team.identity("pharmacist"),
        quantity=len(openings),
        contents_root=contents_root(openings),
        event_hash=secrets.token_bytes(32),
    )
    sent = Consignment(book.gtin, book.lot, shipment, {each.serial: each for each in openings})
    return Consignment.from_json(sent.to_json())


def test_a_consignment_is_received_once_its_packs_are_of_the_lot(book: Book, team: People) -> None:
    came = consignment(book, book.openings(5))
    team.pharmacist.drugs.shipments.receive(came, at=PHARMACYS_GLN, sent_from=MAKERS_GLN, counted=4)
    assert book.held("pharmacist") == 4


def test_openings_of_another_lot_are_not_received(book: Book, team: People) -> None:
    fakes = LotManifest.build(
        book.gtin,
        book.lot,
        maker=book.manifest.maker,
        expiry=book.manifest.expiry,
        serials=[f"F{n}" for n in range(12)],
    )
    came = consignment(book, [*book.openings(2), fakes.opening("F7")])
    before = team.pharmacist.chain.block().number
    with pytest.raises(ForgedConsignment, match="serial 'F7'") as refused:
        team.pharmacist.drugs.shipments.receive(came, at=PHARMACYS_GLN, sent_from=MAKERS_GLN)
    assert refused.value.exit_code == 6
    assert team.pharmacist.chain.block().number == before
    assert team.pharmacist.drugs.shipments.state(came.shipment).status is ShipmentStatus.IN_TRANSIT


def test_a_consignment_of_a_lot_that_nobody_made_is_not_received(book: Book, team: People) -> None:
    gtin = new_gtin()
    maker, day = book.manifest.maker, book.manifest.expiry
    fakes = LotManifest.build(gtin, book.lot, maker=maker, expiry=day, serials=["F0"])
    openings = [fakes.opening("F0")]
    shipment = Shipment(
        lot_id(gtin, book.lot, maker),
        team.identity("stranger"),
        team.identity("pharmacist"),
        1,
        contents_root(openings),
        EVENT,
    )
    came = Consignment(gtin, book.lot, shipment, {each.serial: each for each in openings})
    with pytest.raises(VerificationError, match="commissioned no lot"):
        team.pharmacist.drugs.shipments.receive(came, at=PHARMACYS_GLN, sent_from=MAKERS_GLN)


def test_refuses_to_receive_another_lot_s_shipment(book: Book, team: People) -> None:
    shipment = book.ship(1)
    with pytest.raises(LotOpeningWrong):
        team.pharmacist.drugs.shipments.take(
            shipment, book.gtin, LotNumber("other"), event_hash=EVENT
        )


def test_only_the_consignee_receives_and_only_partners_trade(book: Book, team: People) -> None:
    shipment = book.ship(5)
    with pytest.raises(NotController):
        book.receive(shipment, by="distributor")
    with pytest.raises(NotTradingPartner):
        book.ship(1, to="stranger")
    with pytest.raises(ShipmentToSelf):
        book.ship(1, to="manufacturer")
    with pytest.raises(LotInsufficient):
        book.ship(8)
    with pytest.raises(LotInsufficient):
        book.ship(1, sender="distributor")


def test_quantities_are_conserved_along_the_chain(book: Book, team: People) -> None:
    book.receive(book.ship(9, to="distributor"), by="distributor")
    book.receive(book.ship(4, sender="distributor"), counted=3)
    team.pharmacist.drugs.packs.dispense(book.openings(1)[0])
    held = [book.held(who) for who in ("manufacturer", "distributor", "pharmacist")]
    assert held == [3, 5, 2]
    assert sum(held) + 1 + 1 == 12  # one in transit, one dispensed


# Safety ------------------------------------------------------------------------------------------


def test_a_recalled_lot_moves_nowhere_but_back(book: Book, team: People) -> None:
    book.receive(book.ship(5))
    team.manufacturer.drugs.safety.recall(book.gtin, book.lot)

    lot = team.stranger.drugs.lots.get(book.gtin, book.lot)
    assert lot is not None
    assert lot.recalled
    with pytest.raises(LotIsRecalled):
        book.ship(1, sender="pharmacist", to="distributor")
    book.receive(book.ship(5, sender="pharmacist", to="manufacturer"), by="manufacturer")
    assert book.held("manufacturer") == 12


def test_a_quarantine_is_lifted_by_who_set_it(book: Book, team: People) -> None:
    team.regulator.drugs.safety.quarantine(book.gtin, book.lot)
    lot = team.stranger.drugs.lots.get(book.gtin, book.lot)
    assert lot is not None
    assert (lot.quarantined, lot.quarantined_by_regulator) == (True, True)
    with pytest.raises(Exception, match="quarantine"):
        book.ship(1)
    with pytest.raises(NotProductAuthority):
        team.pharmacist.drugs.safety.release(book.gtin, book.lot)
    team.regulator.drugs.safety.release(book.gtin, book.lot)
    book.ship(1)


def test_a_stranger_stops_nothing(book: Book, team: People) -> None:
    for stop in (team.stranger.drugs.safety.recall, team.stranger.drugs.safety.quarantine):
        with pytest.raises(NotProductAuthority):
            stop(book.gtin, book.lot)


def test_a_correction_points_at_the_wrong_event(book: Book, team: People) -> None:
    from salus.contracts.drugs.events import EventCorrected

    transaction = team.manufacturer.drugs.safety.correct(
        book.gtin, book.lot, wrong_event=EVENT, replacement=b"\x0f" * 32
    )
    (event,) = transaction.events
    assert isinstance(event, EventCorrected)
    assert (event.wrong_event, event.replacement) == (EVENT, b"\x0f" * 32)


def test_what_happened_is_told_in_events(book: Book, team: People) -> None:
    shipment = book.ship(2)
    contract = team.regulator.chain.contract("DrugProvenance")
    lot = lot_id(book.gtin, book.lot, book.manifest.maker)
    (made,) = contract.events(LotCommissioned, lot=lot)
    (shipped,) = contract.events(LotShipped, lot=lot)
    assert made.event_hash == EVENT
    assert shipped.details == shipment


@pytest.mark.parametrize("wrong", ["at", "sent_from"])
def test_a_place_that_the_shipping_event_contradicts_is_refused(
    book: Book, team: People, wrong: str
) -> None:
    sent = team.manufacturer.drugs.shipments.ship(
        book.manifest, ["S003"], to=team.pharmacist, at=MAKERS_GLN, towards=PHARMACYS_GLN
    )
    true = {"at": PHARMACYS_GLN, "sent_from": MAKERS_GLN}
    mistaken = true | {wrong: true["at" if wrong == "sent_from" else "sent_from"]}
    before = team.pharmacist.chain.block().number
    for receive, came in (
        (team.pharmacist.drugs.shipments.receive, sent),
        (team.pharmacist.drugs.despatches.receive, [sent]),
    ):
        with pytest.raises(InputError, match=f"event names {true[wrong]}. Nothing was received"):
            receive(came, **mistaken)
    assert team.pharmacist.chain.block().number == before
    assert team.pharmacist.drugs.shipments.receive(sent, **true).transaction.gas_used > 0


def test_packs_go_from_hand_to_hand_in_one_call_each(book: Book, team: People) -> None:
    sent = team.manufacturer.drugs.shipments.ship(
        book.manifest,
        ["S001", "S002"],
        to=team.pharmacist,
        at=MAKERS_GLN,
        towards=PHARMACYS_GLN,
    )
    assert sent.shipment.quantity == 2
    assert sent.transaction.gas_used > 0
    came = Consignment.from_json(sent.to_json())
    assert came == sent
    received = team.pharmacist.drugs.shipments.receive(came, at=PHARMACYS_GLN, sent_from=MAKERS_GLN)
    assert received.event.document["bizStep"] == "receiving"
    code = book.scan("S001").element_string()
    assert team.pharmacist.drugs.scan(code, came).verdict is Verdict.GENUINE
    longer = book.scan("S001", expiry=book.manifest.expiry + timedelta(days=365))
    with pytest.raises(PackRefused):
        team.pharmacist.drugs.packs.dispense(longer.element_string(), came)
    with pytest.raises(InputError, match="give the consignment"):
        team.pharmacist.drugs.packs.dispense(code)
    team.pharmacist.drugs.packs.dispense(code, came)
    assert team.pharmacist.drugs.scan(code, came).verdict is Verdict.DECOMMISSIONED
    with pytest.raises(NotInConsignment):
        team.pharmacist.drugs.scan(book.scan("S003").element_string(), came)


def test_what_is_kept_before_is_kept_before_anything_is_sent(book: Book, team: People) -> None:
    kept, before = [], team.manufacturer.chain.block().number

    @contextmanager
    def keep(content: bytes) -> Iterator[None]:
        assert team.manufacturer.chain.block().number == before
        kept.append(Consignment.from_json(content))
        yield

    sent = team.manufacturer.drugs.shipments.ship(
        book.manifest,
        to=team.identity("pharmacist"),
        at=MAKERS_GLN,
        towards=PHARMACYS_GLN,
        keep=keep,
    )
    assert kept == [sent]

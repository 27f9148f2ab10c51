"""Two makers give one lot number: neither takes it from the other, and readers tell them apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.lots import EVENT, MAKERS_GLN, PHARMACYS_GLN, Book, new_gtin

from salus.contracts.drugs.errors import LotExists, LotUnknown, NotProductAuthority
from salus.drugs import Verdict
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import contents_root
from salus.drugs.errors import LotAmbiguous, MalformedOpening
from salus.gs1 import LotNumber
from salus.primitives.address import ZERO_ADDRESS
from salus.primitives.roles import Role
from salus.testing import local_salus, people
from salus.testing.participants import People


@pytest.fixture(scope="module")
def team() -> People:
    salus = local_salus()
    named = people(salus.chain)
    until = salus.chain.now() + 365 * 24 * 3600
    for who, role in (("distributor", Role.MANUFACTURER), ("stranger", Role.REGULATOR)):
        if salus.accreditations.accreditor_since(role, salus.account.identity) is None:
            salus.accreditations.name_accreditor(role, salus.account.identity)
        salus.accreditations.accredit(named.identity(who), role, until=until)
    return named


@pytest.fixture
def book(team: People) -> Book:
    return Book.commission(team)


def rivals(book: Book, *, serials: tuple[str, ...] = ("S000",), days: int = 0) -> LotManifest:
    """The co-maker's lot of the same number, even with the secret of the other."""
    team, true = book.team, book.manifest
    team.regulator.drugs.products.permit(book.gtin, team.identity("distributor"))
    false = LotManifest.build(
        book.gtin,
        book.lot,
        maker=team.identity("distributor"),
        expiry=true.expiry + timedelta(days=days),
        serials=serials,
        secret=true.secret,
    )
    team.distributor.drugs.lots.commission(false, event_hash=EVENT)
    team.regulator.drugs.products.permit(book.gtin, false.maker, permitted=False)
    return false


def test_a_number_that_a_co_maker_gave_is_still_its_maker_s(team: People) -> None:
    gtin, drugs = new_gtin(), team.regulator.drugs
    true, rival = team.identity("manufacturer"), team.identity("distributor")
    drugs.products.register(gtin, holder=true, makers=[true, rival])
    day = Book.commission(team).manifest.expiry
    made = {
        who: LotManifest.build(
            gtin, LotNumber("CD-34"), maker=who, expiry=day, serials=["S1", "S2"]
        )
        for who in (rival, true)
    }
    team.distributor.drugs.lots.commission(made[rival], event_hash=EVENT)
    team.manufacturer.drugs.lots.commission(made[true], event_hash=EVENT)
    with pytest.raises(LotExists):
        team.manufacturer.drugs.lots.commission(made[true], event_hash=EVENT)
    found = drugs.lots.by_maker(gtin, LotNumber("CD-34"))
    assert {who: each.serial_root for who, each in found.items()} == {
        who: manifest.root for who, manifest in made.items()
    }


def test_the_true_pack_is_shipped_scanned_and_dispensed_beside_a_false_lot(book: Book) -> None:
    team, false = book.team, rivals(book)
    team.regulator.drugs.safety.recall(book.gtin, book.lot, maker=false.maker)
    openings = book.openings(2)
    shipment, _ = team.manufacturer.drugs.shipments.send(
        book.gtin,
        book.lot,
        to=team.identity("pharmacist"),
        quantity=2,
        contents_root=contents_root(openings),
        event_hash=EVENT,
        maker=book.manifest.maker,
    )
    sent = Consignment(book.gtin, book.lot, shipment, {each.serial: each for each in openings})
    came = Consignment.from_json(sent.to_json())
    team.pharmacist.drugs.shipments.receive(came, at=PHARMACYS_GLN, sent_from=MAKERS_GLN)
    opening = came.opening(openings[0].serial)
    scan = book.scan("S000", expiry=book.manifest.expiry)
    assert team.pharmacist.drugs.scan(scan, opening).verdict is Verdict.GENUINE
    team.pharmacist.drugs.packs.dispense(opening, scan=scan)
    # The same serial under the other's name is the other's pack, and its lot is recalled.
    assert team.pharmacist.drugs.scan(scan, false.opening("S000")).verdict is Verdict.RECALLED


def test_a_code_alone_says_whose_lots_there_are_and_no_more(book: Book) -> None:
    team, false = book.team, rivals(book)
    drugs = team.pharmacist.drugs
    assert drugs.scan(book.scan()).verdict is Verdict.UNPROVEN
    team.regulator.drugs.safety.recall(book.gtin, book.lot, maker=false.maker)
    told = drugs.scan(book.scan())
    assert told.verdict is Verdict.UNPROVEN, "a recall of a false lot is not the true one's"
    assert f"{false.maker}: recalled" in told.explanation
    assert f"{book.manifest.maker}: unproven" in told.explanation
    team.regulator.drugs.safety.recall(book.gtin, book.lot, maker=book.manifest.maker)
    assert drugs.scan(book.scan()).verdict is Verdict.RECALLED


def test_a_printed_expiry_tells_a_false_lot_apart(book: Book) -> None:
    team, false = book.team, rivals(book, days=30)
    team.regulator.drugs.safety.recall(book.gtin, book.lot, maker=false.maker)
    told = team.pharmacist.drugs.scan(book.scan(expiry=book.manifest.expiry))
    assert (told.verdict, told.lot and told.lot.maker) == (Verdict.UNPROVEN, book.manifest.maker)


def test_an_act_by_number_asks_whose_lot_is_meant(book: Book) -> None:
    team, false = book.team, rivals(book)
    both = {false.maker, book.manifest.maker}
    for act in (
        lambda: team.regulator.drugs.safety.recall(book.gtin, book.lot),
        lambda: team.regulator.drugs.lots.get(book.gtin, book.lot),
        lambda: book.held("manufacturer"),
    ):
        with pytest.raises(LotAmbiguous) as refused:
            act()
        assert (set(refused.value.makers), refused.value.exit_code) == (both, 2)
    with pytest.raises(LotUnknown):
        team.regulator.drugs.safety.recall(book.gtin, LotNumber("other"))


def test_a_consignment_of_two_makers_packs_is_refused(book: Book) -> None:
    one, two = book.openings(2)
    mixed = [one, replace(two, maker=ZERO_ADDRESS)]
    with pytest.raises(MalformedOpening):
        contents_root(mixed)


def test_another_regulator_s_key_lifts_no_stop(book: Book) -> None:
    team = book.team
    book.receive(book.ship(2))
    team.regulator.drugs.safety.quarantine(book.gtin, book.lot)
    with pytest.raises(NotProductAuthority):
        team.stranger.drugs.safety.release(book.gtin, book.lot)
    assert team.pharmacist.drugs.scan(book.scan()).verdict is Verdict.QUARANTINED
    team.regulator.drugs.safety.release(book.gtin, book.lot)
    team.stranger.drugs.safety.quarantine(book.gtin, book.lot)
    team.regulator.drugs.safety.release(book.gtin, book.lot)
    team.pharmacist.drugs.packs.dispense(book.openings(1)[0])

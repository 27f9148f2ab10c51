"""Packs: ended once, restored in time, flagged; and what a scan says of each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.lots import EVENT, Book, stocked

from salus import Salus
from salus.contracts.drugs.errors import (
    LotHasLeft,
    LotInsufficient,
    LotIsRecalled,
    LotIsVoid,
    NotDispenser,
    NotProductAuthority,
)
from salus.contracts.drugs.pack_errors import (
    PackDecommissionedAlready,
    PackIsFlagged,
    PackIsStopped,
    PackNotDecommissioned,
    PackNotInLot,
    PackReasonFinal,
    PackReasonInvalid,
    PackUndoClosed,
    PackUndoNotSameParty,
    RangeInvalid,
)
from salus.contracts.drugs.values import Flag, Reason
from salus.drugs import Verdict
from salus.drugs import packs as pack_module
from salus.drugs.errors import PackRefused, UnknownSerial
from salus.errors import InputError
from salus.gs1 import Gtin, LotNumber, Serial
from salus.gs1.errors import IncompleteScan
from salus.gs1.scan import Scan
from salus.testing import advance, local_salus, people
from salus.testing.participants import People


@pytest.fixture
def stock(team: People) -> tuple[Book, Salus]:
    return stocked(team)


def test_a_pack_is_dispensed_once(stock: tuple[Book, Salus], team: People) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)

    pharmacy.drugs.packs.dispense(opening)

    pack = team.stranger.drugs.packs.get(book.gtin, book.lot, opening.index)
    assert (pack.by, pack.reason) == (team.identity("pharmacist"), Reason.DISPENSED)
    assert book.held("pharmacist") == 3
    with pytest.raises(PackDecommissionedAlready) as refused:
        pharmacy.drugs.packs.dispense(opening)
    assert refused.value.by == team.identity("pharmacist")


def test_a_counterfeit_is_not_in_the_lot(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    forged = replace(book.openings(1)[0], serial=Serial("FAKE"))
    with pytest.raises(PackNotInLot):
        pharmacy.drugs.packs.dispense(forged)


def test_another_expiry_on_the_pack_stops_dispensing(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    printed = book.scan(expiry=book.manifest.expiry + timedelta(days=365))
    with pytest.raises(PackRefused, match="its maker committed to") as refused:
        pharmacy.drugs.packs.dispense(opening, scan=printed)
    assert (refused.value.verdict, refused.value.exit_code) == ("counterfeit", 6)
    assert pharmacy.drugs.packs.get(book.gtin, book.lot, opening.index).reason is Reason.NONE

    pharmacy.drugs.packs.dispense(opening, scan=book.scan(expiry=book.manifest.expiry))
    with pytest.raises(PackDecommissionedAlready):
        pharmacy.drugs.packs.dispense(opening, scan=book.scan())


def test_a_scan_of_another_pack_or_lot_stops_dispensing(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    with pytest.raises(PackRefused, match="opening of serial"):
        pharmacy.drugs.packs.dispense(opening, scan=book.scan("S001"))
    with pytest.raises(PackRefused, match="unknown lot"):
        pharmacy.drugs.packs.dispense(opening, scan=replace(book.scan(), lot=LotNumber("NONE")))
    assert book.held("pharmacist") == 4


def test_who_holds_nothing_ends_nothing(stock: tuple[Book, Salus], team: People) -> None:
    book, _ = stock
    with pytest.raises(LotInsufficient):
        team.hospital.drugs.packs.dispense(book.openings(1)[0])
    with pytest.raises(NotDispenser):
        team.manufacturer.drugs.packs.dispense(book.openings(1)[0])


def test_a_batch_ends_all_or_none(stock: tuple[Book, Salus], team: People) -> None:
    book, pharmacy = stock
    packs = book.openings(3)
    pharmacy.drugs.packs.decommission(packs[2], Reason.SAMPLE)
    with pytest.raises(PackDecommissionedAlready):
        pharmacy.drugs.packs.decommission_batch(packs, Reason.DESTROYED)
    assert book.held("pharmacist") == 3

    pharmacy.drugs.packs.decommission_batch(packs[:2], Reason.DESTROYED)
    assert book.held("pharmacist") == 1
    other = Book.commission(team)
    with pytest.raises(InputError, match="one lot, not of 2"):
        pharmacy.drugs.packs.decommission_batch([packs[0], *other.openings(1)], Reason.LOST)
    with pytest.raises(InputError, match="one lot, not of 0"):
        pharmacy.drugs.packs.decommission_batch([], Reason.LOST)


def test_a_batch_that_no_transaction_holds_ends_in_several(
    stock: tuple[Book, Salus], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, pharmacy = stock
    monkeypatch.setattr(pack_module, "_gas_of", lambda _: 9_000_000)
    ended = pharmacy.drugs.packs.decommission_batch(book.openings(3), Reason.DESTROYED)
    assert len({each.hash for each in ended}) == 3
    assert book.held("pharmacist") == 1


def test_the_same_party_restores_what_is_reversible(
    stock: tuple[Book, Salus], team: People
) -> None:
    book, pharmacy = stock
    dispensed, destroyed = book.openings(2)
    pharmacy.drugs.packs.dispense(dispensed)
    pharmacy.drugs.packs.decommission(destroyed, Reason.DESTROYED)
    with pytest.raises(PackUndoNotSameParty):
        team.manufacturer.drugs.packs.restore(dispensed)
    with pytest.raises(PackReasonFinal):
        pharmacy.drugs.packs.restore(destroyed)

    pharmacy.drugs.packs.restore(dispensed)

    assert pharmacy.drugs.scan(book.scan(), dispensed).verdict is Verdict.GENUINE
    with pytest.raises(PackNotDecommissioned):
        pharmacy.drugs.packs.restore(dispensed)


def test_the_holder_locks_unlocks_and_reports_stolen(
    stock: tuple[Book, Salus], team: People
) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    holder = team.manufacturer.drugs.packs

    holder.flag(opening, Flag.LOCKED)
    assert pharmacy.drugs.scan(book.scan(), opening).verdict is Verdict.LOCKED
    with pytest.raises(PackIsFlagged):
        pharmacy.drugs.packs.dispense(opening)

    holder.flag(opening, Flag.NONE)
    assert pharmacy.drugs.scan(book.scan(), opening).verdict is Verdict.GENUINE

    holder.flag(opening, Flag.STOLEN)
    assert pharmacy.drugs.scan(book.scan(), opening).verdict is Verdict.STOLEN
    with pytest.raises(PackIsFlagged):
        holder.flag(opening, Flag.NONE)


# Scans -------------------------------------------------------------------------------------------


def test_a_genuine_pack_may_be_dispensed(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    result = pharmacy.drugs.scan(book.scan(expiry=book.manifest.expiry), opening)
    assert result.verdict is Verdict.GENUINE
    assert result.verdict.ok
    assert result.pack is not None
    assert result.lot is not None


def test_without_its_opening_a_serial_is_unproven(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    result = pharmacy.drugs.scan(book.scan("NEVER-MADE"))
    assert (result.verdict, result.verdict.ok, result.pack) == (Verdict.UNPROVEN, False, None)


def test_a_lot_that_nobody_made_is_unknown(stock: tuple[Book, Salus]) -> None:
    _, pharmacy = stock
    scan = replace(stock[0].scan(), gtin=Gtin("09506000134352"))
    assert pharmacy.drugs.scan(scan).verdict is Verdict.UNKNOWN_LOT


def test_an_opening_of_another_pack_exposes_a_copy(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    assert pharmacy.drugs.scan(book.scan("S001"), opening).verdict is Verdict.COUNTERFEIT


@pytest.mark.parametrize("part", ["salt", "index", "proof", "quantity"])
def test_a_changed_opening_exposes_a_counterfeit(stock: tuple[Book, Salus], part: str) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    other = {
        "salt": bytes(32),
        "index": 1,
        "proof": opening.proof[:-1],
        "quantity": opening.quantity + 1,
    }[part]
    forged = replace(opening, **{part: other})
    assert pharmacy.drugs.scan(book.scan(), forged).verdict is Verdict.COUNTERFEIT


@pytest.mark.parametrize("opened", [False, True])
def test_a_longer_life_printed_on_the_pack_exposes_it(
    stock: tuple[Book, Salus], opened: bool
) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    scan = book.scan(expiry=book.manifest.expiry + timedelta(days=365))
    result = pharmacy.drugs.scan(scan, opening if opened else None)
    assert result.verdict is Verdict.COUNTERFEIT
    assert str(book.manifest.expiry) in result.explanation


def test_tells_what_ended_a_pack(stock: tuple[Book, Salus], team: People) -> None:
    book, pharmacy = stock
    dispensed, stolen = book.openings(2)
    pharmacy.drugs.packs.dispense(dispensed)
    pharmacy.drugs.packs.decommission(stolen, Reason.STOLEN)
    first = pharmacy.drugs.scan(book.scan("S000"), dispensed)
    assert first.verdict is Verdict.DECOMMISSIONED
    assert team.identity("pharmacist") in first.explanation
    assert pharmacy.drugs.scan(book.scan("S001"), stolen).verdict is Verdict.STOLEN


def test_stops_a_whole_lot(stock: tuple[Book, Salus], team: People) -> None:
    book, pharmacy = stock
    (opening,) = book.openings(1)
    team.manufacturer.drugs.safety.quarantine(book.gtin, book.lot)
    assert pharmacy.drugs.scan(book.scan(), opening).verdict is Verdict.QUARANTINED
    team.manufacturer.drugs.safety.recall(book.gtin, book.lot)
    assert pharmacy.drugs.scan(book.scan()).verdict is Verdict.RECALLED
    with pytest.raises(LotIsRecalled):
        pharmacy.drugs.packs.dispense(opening)


def test_time_ends_lots_and_undoing() -> None:
    """On a chain of its own: weeks pass."""
    salus = local_salus()
    team = people(salus.chain, ["manufacturer", "pharmacist", "regulator"])
    book = Book.commission(team, days=20)
    book.receive(book.ship(3))
    first, second, third = book.openings(3)
    team.pharmacist.drugs.packs.dispense(first)
    advance(salus.chain, 10 * 24 * 3600)
    with pytest.raises(PackUndoClosed):
        team.pharmacist.drugs.packs.restore(first)
    advance(salus.chain, 11 * 24 * 3600)
    assert team.pharmacist.drugs.scan(book.scan("S001"), second).verdict is Verdict.EXPIRED
    with pytest.raises(Exception, match="expired"):
        team.pharmacist.drugs.packs.dispense(second)
    team.pharmacist.drugs.packs.decommission(third, Reason.DESTROYED)


def test_a_code_without_serial_names_no_pack(stock: tuple[Book, Salus]) -> None:
    book, pharmacy = stock
    with pytest.raises(IncompleteScan, match="serial"):
        pharmacy.drugs.scan(Scan(book.gtin, book.lot))


def test_the_maker_s_book_opens_no_serial_that_it_does_not_hold(stock: tuple[Book, Salus]) -> None:
    with pytest.raises(UnknownSerial):
        stock[0].manifest.opening("NEVER-MADE")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_genuine_pack_is_good(verdict: Verdict) -> None:
    assert verdict.ok == (verdict is Verdict.GENUINE)


def test_a_range_of_packs_is_stopped_and_the_others_are_not(
    stock: tuple[Book, Salus], team: People
) -> None:
    book, pharmacy = stock
    first, second, third = book.openings(3)
    safety = team.manufacturer.drugs.safety
    safety.quarantine(book.gtin, book.lot, packs=(0, 1))
    assert pharmacy.drugs.scan(book.scan("S001"), second).verdict is Verdict.QUARANTINED
    assert pharmacy.drugs.scan(book.scan("S002"), third).verdict is Verdict.GENUINE
    with pytest.raises(PackIsStopped):
        pharmacy.drugs.packs.dispense(first)
    safety.release(book.gtin, book.lot, packs=(0, 1))
    pharmacy.drugs.packs.dispense(first)
    safety.recall(book.gtin, book.lot, packs=(1, 1))
    assert pharmacy.drugs.scan(book.scan("S001"), second).verdict is Verdict.RECALLED
    pharmacy.drugs.packs.dispense(third)
    with pytest.raises(RangeInvalid):
        safety.recall(book.gtin, book.lot, packs=(0, 12))


def test_a_void_lot_is_never_genuine_and_its_number_stays_spent(team: People) -> None:
    book = Book.commission(team)
    lots = team.manufacturer.drugs.lots
    lots.void(book.gtin, book.lot)
    assert team.stranger.drugs.scan(book.scan(), book.openings(1)[0]).verdict is Verdict.VOID_LOT
    assert team.stranger.drugs.scan(book.scan()).verdict is Verdict.VOID_LOT
    with pytest.raises(LotIsVoid):
        lots.commission(book.manifest, event_hash=EVENT)
    left = Book.commission(team)
    left.ship(1)
    with pytest.raises(LotHasLeft):
        lots.void(left.gtin, left.lot)


def test_the_holder_reinstates_what_was_ended_by_mistake(
    stock: tuple[Book, Salus], team: People
) -> None:
    book, pharmacy = stock
    lost, dispensed = book.openings(2)
    pharmacy.drugs.packs.decommission(lost, Reason.LOST)
    pharmacy.drugs.packs.dispense(dispensed)
    with pytest.raises(NotProductAuthority):
        pharmacy.drugs.packs.reinstate(lost)
    team.manufacturer.drugs.packs.reinstate(lost)
    assert pharmacy.drugs.scan(book.scan(), lost).verdict is Verdict.GENUINE
    with pytest.raises(PackReasonInvalid):
        team.manufacturer.drugs.packs.reinstate(dispensed)

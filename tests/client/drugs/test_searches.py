"""Lots and shipments are found by product, partner and time, page by page, from events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.lots import Book, new_gtin
from tests.support.pruning import forget

from salus.chain.errors import HistoryUnavailable
from salus.errors import InputError
from salus.testing import advance, local_salus, people
from salus.testing.participants import People

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def team() -> People:
    return people(local_salus().chain)


@pytest.fixture(scope="module")
def books(team: People) -> tuple[Book, Book]:
    """Two lots of two products; the second was commissioned two days later."""
    first = Book.commission(team)
    advance(team.manufacturer.chain, 2 * int(DAY.total_seconds()))
    return first, Book.commission(team)


def test_lots_are_listed_as_they_were_commissioned(team: People, books: tuple[Book, Book]) -> None:
    first, second = list(team.stranger.drugs.lots)
    assert [first.gtin, second.gtin] == [each.gtin for each in books]
    manifest = books[0].manifest
    assert (first.maker, first.quantity, first.expiry, first.serial_root) == (
        manifest.maker,
        manifest.quantity,
        manifest.expiry,
        manifest.root,
    )
    found = team.stranger.drugs.lots.by_id(first.id)
    assert found == team.stranger.drugs.lots.get(manifest.gtin, manifest.lot)


def test_each_condition_narrows_the_search(team: People, books: tuple[Book, Book]) -> None:
    lots, (first, second) = team.stranger.drugs.lots, books
    maker = team.identity("manufacturer")
    assert [each.gtin for each in lots.search(product=second.gtin)] == [second.gtin]
    assert [each.gtin for each in lots.search(maker=maker)] == [first.gtin, second.gtin]
    assert list(lots.search(product=new_gtin())) == []
    assert list(lots.search(maker=team.identity("stranger"))) == []


def test_a_period_is_given_in_days_times_or_seconds(team: People, books: tuple[Book, Book]) -> None:
    lots, (first, second) = team.stranger.drugs.lots, books
    now = datetime.fromtimestamp(team.stranger.chain.now(), UTC)
    between = now - DAY
    for moment in (between, int(between.timestamp())):
        assert [each.gtin for each in lots.search(since=moment)] == [second.gtin]
        assert [each.gtin for each in lots.search(until=moment)] == [first.gtin]
    days = lots.search(since=(now - 3 * DAY).date(), until=(now + 2 * DAY).date())
    assert [each.gtin for each in days] == [first.gtin, second.gtin]
    assert list(lots.search(since=now + DAY)) == []
    for wrong in ("today", datetime(2027, 1, 1), 1.5, True):
        with pytest.raises(InputError, match="since"):
            list(lots.search(since=wrong))  # type: ignore[arg-type]


def test_pages_follow_one_another(team: People, books: tuple[Book, Book]) -> None:
    lots = team.stranger.drugs.lots
    (first,) = lots.search(limit=1)
    (second,) = lots.search(limit=1, after=first)
    assert [first.gtin, second.gtin] == [each.gtin for each in books]
    assert list(lots.search(limit=1, after=second)) == []
    for wrong in (0, -1, "2", True):
        with pytest.raises(InputError, match="limit"):
            lots.search(limit=wrong)  # type: ignore[arg-type]


def test_what_a_partner_holds_is_what_it_has_now(team: People, books: tuple[Book, Book]) -> None:
    book, pharmacy = books[0], team.identity("pharmacist")
    lots = team.stranger.drugs.lots
    assert list(lots.search(holder=pharmacy)) == []
    book.receive(book.ship(3))
    (held,) = lots.search(holder=pharmacy)
    assert held.gtin == book.gtin
    assert list(lots.search(holder=pharmacy, product=books[1].gtin)) == []
    assert len(list(lots.search(holder=team.identity("manufacturer")))) == 2
    back = book.ship(3, sender="pharmacist", to="manufacturer")
    book.receive(back, by="manufacturer")
    assert list(lots.search(holder=pharmacy)) == []


def test_shipments_are_found_by_who_and_what(team: People, books: tuple[Book, Book]) -> None:
    shipments = team.stranger.drugs.shipments
    sent = [books[1].ship(1, to="distributor"), books[0].ship(2, to="distributor")]
    wholesaler = team.identity("distributor")
    assert [each.shipment for each in shipments.search(consignee=wholesaler)] == sent
    found = shipments.search(consignee=wholesaler, product=books[0].gtin)
    assert [each.shipment for each in found] == sent[1:]
    (one,) = shipments.search(consignee=wholesaler, lot=sent[0].lot)
    assert shipments.state(one.shipment).in_transit == 1
    assert list(shipments.search(sender=wholesaler)) == []
    everything = list(shipments)
    (last,) = shipments.search(after=everything[-2])
    assert last == everything[-1]
    with pytest.raises(InputError):
        shipments.search(sender="somebody")


def test_a_node_that_forgot_a_product_or_a_lot_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = people(local_salus().chain)
    book = Book.commission(team)
    shipment = book.ship(2)
    lots = team.stranger.drugs.lots
    forget(team.stranger.chain, monkeypatch, "DrugProvenance")
    book.receive(shipment)
    with pytest.raises(HistoryUnavailable):
        lots.search(product=book.gtin)
    with pytest.raises(HistoryUnavailable):
        list(lots.search(holder=team.identity("pharmacist")))
    with pytest.raises(HistoryUnavailable):
        team.stranger.drugs.shipments.search(product=book.gtin)

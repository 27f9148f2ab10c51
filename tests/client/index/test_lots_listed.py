"""Lots and shipments from an index and from the node: the same, also while the index lags."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.support.lots import Book

from salus.chain.abi.event_sources import NodeEvents
from salus.index import Index
from salus.testing import local_salus, people
from salus.testing.participants import People


@pytest.fixture(scope="module")
def team() -> People:
    return people(local_salus().chain)


@pytest.fixture(scope="module")
def books(team: People) -> Iterator[list[Book]]:
    """Three lots; the index is read after each, but for the last."""
    chain = team.manufacturer.chain
    with Index.open("memory:", chain) as index:
        made: list[Book] = []
        for _ in range(2):
            made.append(Book.commission(team))
            made[-1].receive(made[-1].ship(3))
            made[-1].ship(2)
            list(index.read())
        made.append(Book.commission(team))
        made[-1].ship(4)
        before, chain.listing.source = chain.listing.source, index.source(chain)
        yield made
        chain.listing.source = before


Question = Callable[[People, list[Book]], object]
QUESTIONS: dict[str, Question] = {
    "all lots": lambda team, books: list(team.stranger.drugs.lots),
    "those of a product": lambda team, books: list(
        team.stranger.drugs.lots.search(product=books[1].gtin)
    ),
    "those of a maker": lambda team, books: list(
        team.stranger.drugs.lots.search(maker=team.identity("manufacturer"))
    ),
    "those that a pharmacy holds": lambda team, books: list(
        team.stranger.drugs.lots.search(holder=team.identity("pharmacist"))
    ),
    "a page": lambda team, books: list(
        team.stranger.drugs.lots.search(after=next(iter(team.stranger.drugs.lots)), limit=1)
    ),
    "all shipments": lambda team, books: list(team.stranger.drugs.shipments),
    "those of a product that is shipped": lambda team, books: list(
        team.stranger.drugs.shipments.search(product=books[2].gtin)
    ),
    "those to a pharmacy": lambda team, books: list(
        team.stranger.drugs.shipments.search(consignee=team.identity("pharmacist"))
    ),
    "what happened to a lot": lambda team, books: [
        (each.place, each) for each in team.stranger.drugs.lots.history(books[0].gtin, books[0].lot)
    ],
    "what happened to a lot since": lambda team, books: [
        type(each).__name__
        for each in team.stranger.drugs.lots.history(books[2].gtin, books[2].lot)
    ],
    "who holds a lot": lambda team, books: team.stranger.drugs.lots.holders(
        books[0].gtin, books[0].lot
    ),
    "the makers of a number": lambda team, books: team.stranger.drugs.lots.by_maker(
        books[0].gtin, books[0].lot
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_are_those_of_the_node(team: People, books: list[Book], name: str) -> None:
    chain, ask = team.stranger.chain, QUESTIONS[name]
    told = ask(team, books)
    indexed, chain.listing.source = chain.listing.source, NodeEvents(chain.rpc)
    try:
        assert told == ask(team, books)
    finally:
        chain.listing.source = indexed
    assert told


def test_holders_are_who_has_packs_and_how_many(team: People, books: list[Book]) -> None:
    first = books[0]
    assert team.stranger.drugs.lots.holders(first.gtin, first.lot) == {
        team.identity("manufacturer"): 7,
        team.identity("pharmacist"): 3,
    }


def test_a_history_begins_with_the_commissioning(team: People, books: list[Book]) -> None:
    told = team.stranger.drugs.lots.history(books[0].gtin, books[0].lot)
    assert [type(each).__name__ for each in told] == [
        "LotCommissioned",
        "LotShipped",
        "LotReceived",
        "LotShipped",
    ]

"""Products are bound to their makers, and lots come of them alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.lots import EVENT, Book, new_gtin

from salus.contracts.drugs.errors import (
    LotExists,
    LotExpired,
    MakerNotPermitted,
    NotRegulator,
    ProductExists,
)
from salus.contracts.signed_acts import NotController
from salus.drugs import lot_id
from salus.drugs.documents.lot_manifest import LotManifest
from salus.gs1 import LotNumber
from salus.gs1.fields import expires_at
from salus.testing.participants import People


@pytest.fixture
def book(team: People) -> Book:
    return Book.commission(team)


# Products ----------------------------------------------------------------------------------------


def test_a_product_is_bound_to_its_holder_and_makers(team: People) -> None:
    gtin, drugs = new_gtin(), team.regulator.drugs
    holder, maker = team.identity("distributor"), team.identity("manufacturer")
    assert drugs.products.get(gtin) is None

    drugs.products.register(gtin, holder=holder, makers=[maker])

    product = drugs.products.get(gtin)
    assert product is not None
    assert (product.regulator, product.holder) == (team.identity("regulator"), holder)
    assert drugs.products.is_maker(gtin, maker)
    assert not drugs.products.is_maker(gtin, holder)
    with pytest.raises(ProductExists):
        drugs.products.register(gtin, holder=holder, makers=[])


def test_the_regulator_changes_holder_and_makers(team: People) -> None:
    gtin, drugs = new_gtin(), team.regulator.drugs
    maker = team.identity("manufacturer")
    drugs.products.register(gtin, holder=maker, makers=[maker])
    drugs.products.change_holder(gtin, team.identity("distributor"))
    drugs.products.permit(gtin, maker, permitted=False)
    drugs.products.permit(gtin, team.identity("distributor"))
    product = drugs.products.get(gtin)
    assert product is not None
    assert product.holder == team.identity("distributor")
    assert not drugs.products.is_maker(gtin, maker)
    assert drugs.products.is_maker(gtin, team.identity("distributor"))


def test_nobody_else_registers_a_product(team: People) -> None:
    maker = team.identity("manufacturer")
    with pytest.raises(NotRegulator):
        team.manufacturer.drugs.products.register(new_gtin(), holder=maker, makers=[maker])
    with pytest.raises(NotController):
        team.stranger.drugs.products.register(
            new_gtin(), holder=maker, makers=[maker], actor=team.identity("regulator")
        )


# Lots --------------------------------------------------------------------------------------------


def test_commissions_a_lot_into_its_maker_s_custody(book: Book, team: People) -> None:
    lot = team.stranger.drugs.lots.get(book.gtin, book.lot)
    assert lot is not None
    assert (lot.quantity, lot.maker) == (12, team.identity("manufacturer"))
    assert (lot.serial_root, lot.expiry) == (
        book.manifest.root,
        expires_at(book.manifest.expiry),
    )
    assert book.held("manufacturer") == 12
    assert team.manufacturer.drugs.lots.held(book.gtin, book.lot) == 12
    assert team.stranger.drugs.lots.get(book.gtin, LotNumber("other")) is None
    with pytest.raises(LotExists):
        team.manufacturer.drugs.lots.commission(book.manifest, event_hash=EVENT)


def test_the_contract_names_a_lot_alike(book: Book, team: People) -> None:
    from salus.gs1.fields import lot_digest

    named = team.regulator.chain.contract("DrugProvenance").call(
        "lotIdOf", int(book.gtin.value), book.manifest.maker, lot_digest(book.gtin, book.lot)
    )
    assert named == lot_id(book.gtin, book.lot, book.manifest.maker)


def test_only_a_permitted_maker_commissions(book: Book, team: People) -> None:
    other = LotManifest.build(
        book.gtin,
        book.lot,
        maker=team.identity("distributor"),
        expiry=book.manifest.expiry,
        serials=["S"],
    )
    with pytest.raises(MakerNotPermitted):
        team.distributor.drugs.lots.commission(other, event_hash=EVENT)
    with pytest.raises(NotController):
        team.distributor.drugs.lots.commission(book.manifest, event_hash=EVENT)


def test_refuses_a_lot_that_has_expired(team: People) -> None:
    with pytest.raises(LotExpired):
        Book.commission(team, days=-2)


def test_an_expiry_is_a_whole_day(book: Book) -> None:
    day = book.manifest.expiry
    assert expires_at(day + timedelta(days=1)) - expires_at(day) == 24 * 3600

"""Many lots are shipped and received in one transaction each, all of them or none."""

from __future__ import annotations

import pytest
from tests.support.lots import MAKERS_GLN, PHARMACYS_GLN, Book

from salus.contracts.drugs.errors import LotInsufficient
from salus.drugs import despatches
from salus.drugs.documents.consignment import Consignment
from salus.drugs.errors import ForgedConsignment
from salus.errors import InputError
from salus.testing.participants import People


def test_lots_travel_together_and_each_is_a_shipment(team: People) -> None:
    books = [Book.commission(team), Book.commission(team)]
    maker, pharmacy = team.manufacturer.drugs, team.pharmacist.drugs
    before = team.manufacturer.chain.block().number
    sent = maker.despatches.ship(
        [(books[0].manifest, ["S001", "S002"]), (books[1].manifest, None)],
        to=team.pharmacist,
        at=MAKERS_GLN,
        towards=PHARMACYS_GLN,
    )
    assert team.manufacturer.chain.block().number == before + 1
    assert [each.shipment.quantity for each in sent] == [2, 12]
    assert sent[0].event == sent[1].event
    assert len(sent[0].event.document["quantityList"]) == 2  # type: ignore[union-attr]
    came = [Consignment.from_json(each.to_json()) for each in sent]
    received = pharmacy.despatches.receive(came, at=PHARMACYS_GLN, sent_from=MAKERS_GLN)
    assert received.event.document["bizStep"] == "receiving"
    assert [each.held("pharmacist") for each in books] == [2, 12]


def test_what_no_transaction_holds_goes_in_several(
    team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(despatches, "LINE_GAS", 6_000_000)
    books = [Book.commission(team) for _ in range(3)]
    between = {"to": team.pharmacist, "at": MAKERS_GLN, "towards": PHARMACYS_GLN}
    loads = [(each.manifest, None) for each in books]
    sent = team.manufacturer.drugs.despatches.ship(loads, **between)  # type: ignore[arg-type]
    first, second, third = [each.transaction for each in sent]
    assert first == second != third
    assert {each.event for each in sent} == {sent[0].event}
    received = team.pharmacist.drugs.despatches.receive(
        sent, at=PHARMACYS_GLN, sent_from=MAKERS_GLN
    )
    assert len(received.earlier) == 1
    assert [each.held("pharmacist") for each in books] == [12, 12, 12]


def test_of_several_transactions_none_leaves_where_one_is_refused(
    team: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(despatches, "LINE_GAS", 9_000_000)
    books = [Book.commission(team), Book.commission(team)]
    books[1].ship(12)
    between = {"to": team.pharmacist, "at": MAKERS_GLN, "towards": PHARMACYS_GLN}
    with pytest.raises(LotInsufficient):
        team.manufacturer.drugs.despatches.ship(
            [(each.manifest, None) for each in books],
            **between,  # type: ignore[arg-type]
        )
    assert books[0].held("manufacturer") == 12


def test_all_of_a_despatch_moves_or_none(team: People) -> None:
    books = [Book.commission(team), Book.commission(team)]
    maker = team.manufacturer.drugs
    books[1].ship(12)
    between = {"to": team.pharmacist, "at": MAKERS_GLN, "towards": PHARMACYS_GLN}
    with pytest.raises(LotInsufficient):
        maker.despatches.ship([(each.manifest, None) for each in books], **between)  # type: ignore[arg-type]
    assert books[0].held("manufacturer") == 12
    with pytest.raises(InputError, match="nothing to ship"):
        maker.despatches.ship([], **between)  # type: ignore[arg-type]


def test_one_forged_consignment_stops_the_receipt_of_all(team: People) -> None:
    book = Book.commission(team)
    (sent,) = team.manufacturer.drugs.despatches.ship(
        [(book.manifest, ["S001"])], to=team.pharmacist, at=MAKERS_GLN, towards=PHARMACYS_GLN
    )
    other = Book.commission(team)
    wrong = Consignment(
        sent.gtin,
        sent.lot,
        sent.shipment,
        {each.serial: each for each in forged(book, other)},
        sent.event,
    )
    with pytest.raises(ForgedConsignment):
        team.pharmacist.drugs.despatches.receive(
            [sent, wrong], at=PHARMACYS_GLN, sent_from=MAKERS_GLN
        )
    assert book.held("pharmacist") == 0


def forged(book: Book, other: Book):  # type: ignore[no-untyped-def]
    """An opening that leads to no pack of the lot."""
    from dataclasses import replace

    return [replace(book.manifest.opening("S001"), salt=other.manifest.secret)]

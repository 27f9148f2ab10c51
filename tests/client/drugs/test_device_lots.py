"""A lot of a medical device, by its UDI: commissioned, shipped, received, used once, recalled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.lots import Book

from salus.contracts.drugs.pack_errors import PackDecommissionedAlready
from salus.contracts.drugs.values import Reason
from salus.drugs import Verdict
from salus.drugs.errors import PackRefused
from salus.gs1 import parse_scan
from salus.gs1.errors import IncompleteScan
from salus.gs1.fields import format_date
from salus.gs1.scan import Scan
from salus.testing.participants import People


@pytest.fixture
def implants(team: People) -> Book:
    """Twelve implants of which the hospital has received four."""
    book = Book.commission(team)
    book.receive(book.ship(4, to="hospital"), by="hospital")
    return book


def label(book: Book, serial: str, *, expiry: bool = True) -> Scan:
    """What a scanner reads from the label: UDI-DI and every production identifier."""
    made = format_date(book.manifest.expiry - timedelta(days=720))
    until = f"17{format_date(book.manifest.expiry)}" if expiry else ""
    return parse_scan(f"]d201{book.gtin}11{made}{until}10{book.lot}\x1d21{serial}")


def test_a_device_is_used_once_by_its_label(implants: Book, team: People) -> None:
    (opening,) = implants.openings(1)
    scan = label(implants, str(opening.serial))
    assert [ai for ai, _ in scan.elements] == ["11"]
    assert team.stranger.drugs.scan(scan, opening).verdict is Verdict.GENUINE

    team.hospital.drugs.packs.dispense(opening, scan=scan)

    used = team.stranger.drugs.scan(scan, opening)
    assert (used.verdict, used.pack and used.pack.reason) == (
        Verdict.DECOMMISSIONED,
        Reason.DISPENSED,
    )
    assert (implants.held("hospital"), implants.held("manufacturer")) == (3, 8)
    with pytest.raises(PackDecommissionedAlready):
        team.hospital.drugs.packs.dispense(opening, scan=scan)


def test_a_device_without_an_expiry_on_its_label_is_judged_by_its_lot(
    implants: Book, team: People
) -> None:
    (opening,) = implants.openings(1)
    scan = label(implants, str(opening.serial), expiry=False)
    assert team.hospital.drugs.scan(scan, opening).verdict is Verdict.GENUINE


def test_a_device_marked_with_its_serial_alone_takes_its_lot_from_its_opening(
    implants: Book, team: People
) -> None:
    (opening,) = implants.openings(1)
    scan = parse_scan(f"(01){implants.gtin}(21){opening.serial}")
    with pytest.raises(IncompleteScan, match="lot number"):
        team.hospital.drugs.packs.dispense(opening, scan=scan)
    team.hospital.drugs.packs.dispense(opening, scan=replace(scan, lot=opening.lot))
    assert implants.held("hospital") == 3


def test_a_relabelled_device_is_not_used(implants: Book, team: People) -> None:
    first, second = implants.openings(2)
    with pytest.raises(PackRefused, match="opening of serial"):
        team.hospital.drugs.packs.dispense(first, scan=label(implants, str(second.serial)))
    longer = replace(
        label(implants, str(first.serial)), expiry=implants.manifest.expiry + timedelta(days=365)
    )
    with pytest.raises(PackRefused, match="its maker committed to"):
        team.hospital.drugs.packs.dispense(first, scan=longer)
    assert implants.held("hospital") == 4


def test_a_recalled_device_says_so_at_its_next_scan(implants: Book, team: People) -> None:
    (opening,) = implants.openings(1)
    team.manufacturer.drugs.safety.recall(implants.gtin, implants.lot, reason_digest=b"\x01" * 32)
    scan = label(implants, str(opening.serial))
    assert team.hospital.drugs.scan(scan, opening).verdict is Verdict.RECALLED

"""A lot of twelve packs at its maker, and what it takes to move it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from salus import Salus
from salus.contracts.drugs.values import Shipment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening, contents_root
from salus.gs1 import Gln, Gtin, LotNumber, Serial
from salus.gs1.identification_keys import check_digit
from salus.gs1.scan import Scan
from salus.testing.participants import People

EVENT = b"\x0e" * 32
MAKERS_GLN, PHARMACYS_GLN = Gln("9520001000003"), Gln("9520003000001")


def new_gtin() -> Gtin:
    """A GTIN of the range that GS1 keeps for examples."""
    payload = f"0952{secrets.randbelow(10**9):09d}"
    return Gtin(f"{payload}{check_digit(payload)}")


@dataclass(frozen=True)
class Book:
    """What the maker keeps of a lot."""

    team: People
    manifest: LotManifest

    @classmethod
    def commission(cls, team: People, *, packs: int = 12, days: int = 700) -> Book:
        maker = team.manufacturer
        gtin, now = new_gtin(), datetime.fromtimestamp(maker.chain.now(), UTC)
        team.regulator.drugs.products.register(
            gtin, holder=team.identity("manufacturer"), makers=[team.identity("manufacturer")]
        )
        manifest = LotManifest.build(
            gtin,
            LotNumber("AB-12"),
            maker=team.identity("manufacturer"),
            expiry=(now + timedelta(days=days)).date(),
            serials=[f"S{number:03d}" for number in range(packs)],
        )
        maker.drugs.lots.commission(manifest, event_hash=EVENT)
        return cls(team, manifest)

    @property
    def gtin(self) -> Gtin:
        return self.manifest.gtin

    @property
    def lot(self) -> LotNumber:
        return self.manifest.lot

    def openings(self, count: int, *, start: int = 0) -> list[PackOpening]:
        return [
            self.manifest.opening(each) for each in self.manifest.serials[start : start + count]
        ]

    def ship(self, count: int, *, sender: str = "manufacturer", to: str = "pharmacist") -> Shipment:
        shipment, _ = self.team[sender].drugs.shipments.send(
            self.gtin,
            self.lot,
            to=self.team.identity(to),
            quantity=count,
            contents_root=contents_root(self.openings(count)),
            event_hash=secrets.token_bytes(32),
        )
        return shipment

    def receive(self, shipment: Shipment, *, by: str = "pharmacist", counted: int | None = None):  # type: ignore[no-untyped-def]
        return self.team[by].drugs.shipments.take(
            shipment, self.gtin, self.lot, event_hash=EVENT, counted=counted
        )

    def held(self, who: str) -> int:
        partner = self.team.identity(who)
        return self.team.regulator.drugs.lots.held(self.gtin, self.lot, partner=partner)

    def scan(self, serial: str = "S000", *, expiry: date | None = None) -> Scan:
        return Scan(self.gtin, self.lot, Serial(serial), expiry=expiry)


def stocked(team: People, *, packs: int = 4) -> tuple[Book, Salus]:
    """A lot of which the pharmacy has some packs."""
    book = Book.commission(team)
    book.receive(book.ship(packs))
    return book, team.pharmacist

"""A maker commissions and ships, a pharmacy receives; and a Safe of regulators decides."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.support.safes import SafeFactory
from tests.vectors.written.release import Release

from salus.chain import development_account
from salus.drugs.documents.lot_manifest import LotManifest
from salus.gs1.fields import LotNumber
from salus.gs1.identification_keys import Gln, Gtin
from salus.primitives.roles import Role
from salus.testing.participants import accredit

GTIN, OTHER_GTIN, LOT = Gtin("09520123456788"), Gtin("09520123456795"), LotNumber("W-0.1.0")
MAKER_GLN, PHARMACY_GLN = Gln("9520001000003"), Gln("9520003000001")


def write_lot(release: Release) -> None:
    """A lot, a consignment of two of its packs, and what opens a third."""
    governor, maker, pharmacy = release.governor, release.somebody(3), release.somebody(4)
    for who, role in ((maker, Role.MANUFACTURER), (pharmacy, Role.PHARMACY)):
        accredit(governor, who.identity, role)
    accredit(governor, governor.identity, Role.REGULATOR)
    governor.drugs.products.register(GTIN, holder=maker.identity, makers=[maker.identity])
    when = datetime.fromtimestamp(maker.chain.now(), UTC)
    lot = LotManifest.build(
        GTIN,
        LOT,
        maker=maker.identity,
        expiry=date(2036, 12, 31),
        serials=[f"W{number:03d}" for number in range(10)],
        at=MAKER_GLN,
        when=when,
    )
    maker.drugs.lots.commission(lot)
    sent = maker.drugs.shipments.ship(
        lot, ["W001", "W002"], to=pharmacy.identity, at=MAKER_GLN, towards=PHARMACY_GLN, when=when
    )
    pharmacy.drugs.shipments.receive(sent, at=PHARMACY_GLN, sent_from=MAKER_GLN, when=when)
    release.document("lot.json", lot.to_json())
    release.document("consignment.json", sent.to_json())
    release.document("pack.json", lot.opening("W003").to_json())


def write_safe_proposal(release: Release) -> None:
    """Two regulators sign what their Safe is to do."""
    owners = [development_account(number) for number in (8, 9)]
    safe = SafeFactory(release.chain).make([each.address for each in owners], 2)
    accredit(release.governor, safe, Role.REGULATOR)
    first, second = (release.somebody(number).safes.open(safe) for number in (8, 9))
    proposal = first.propose(
        "DrugProvenance", "registerProduct", safe, int(OTHER_GTIN), owners[0].address, []
    )
    release.document("safe-proposal.json", second.sign(first.sign(proposal)).to_bytes())

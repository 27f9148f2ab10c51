"""The medicine half: a lot commissioned, shipped, dispensed, counterfeited, recalled.

Example:
    >>> demonstration_gtin().value[:4]
    '0952'
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from salus.contracts.drugs.errors import LotIsRecalled
from salus.contracts.drugs.pack_errors import PackDecommissionedAlready, PackNotInLot
from salus.demo.people import TITLES
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.scanning import Verdict
from salus.errors import VerificationError
from salus.gs1.fields import LotNumber, Serial
from salus.gs1.identification_keys import Gln, Gtin, check_digit
from salus.gs1.scan import Scan

if TYPE_CHECKING:
    from salus.demo.report import Report
    from salus.testing.participants import People

QUANTITY = 1000
SHIPPED = 100
GLNS = {
    "manufacturer": Gln("9520001000003"),
    "distributor": Gln("9520002000002"),
    "pharmacist": Gln("9520003000001"),
}


def demonstration_gtin() -> Gtin:
    """A random GTIN under 952, the prefix that GS1 keeps for demonstrations and examples."""
    payload = f"0952{secrets.randbelow(10**9):09d}"
    return Gtin(f"{payload}{check_digit(payload)}")


def tell(people: People, report: Report) -> None:
    """Run the chapter."""
    now = datetime.fromtimestamp(people["manufacturer"].chain.now(), UTC)
    manifest = _commission(people, report, now)
    consignment = _hand_over(people, report, manifest, "manufacturer", "distributor", SHIPPED)
    arrived = _hand_over(people, report, consignment, "distributor", "pharmacist", 10)
    _dispense(people, report, arrived)
    _expose_counterfeit(people, report, arrived)
    _recall(people, report, arrived)


def _commission(people: People, report: Report, now: datetime) -> LotManifest:
    gtin, maker = demonstration_gtin(), people.identity("manufacturer")
    with report.step(
        "medicine", TITLES["regulator"], "binds a GTIN to its holder and maker"
    ) as step:
        step.paid(people["regulator"].drugs.products.register(gtin, holder=maker, makers=[maker]))
    with report.step(
        "medicine", TITLES["manufacturer"], f"commissions a lot of {QUANTITY:,} salted serials"
    ) as step:
        lot = LotNumber(f"D{int(now.timestamp())}")
        serials = [f"S{index:06d}" for index in range(QUANTITY)]
        expiry = (now + timedelta(days=730)).date()
        manifest = LotManifest.build(
            gtin,
            lot,
            maker=maker,
            expiry=expiry,
            serials=serials,
            at=GLNS["manufacturer"],
            when=now,
        )
        step.paid(people["manufacturer"].drugs.lots.commission(manifest))
        report.facts["lot"] = {"gtin": gtin.value, "lot": lot.value, "quantity": QUANTITY}
    return manifest


def _hand_over(
    people: People,
    report: Report,
    source: LotManifest | Consignment,
    sender: str,
    consignee: str,
    count: int,
) -> Consignment:
    at = datetime.fromtimestamp(people[sender].chain.now(), UTC)
    with report.step(
        "medicine", TITLES[sender], f"ships {count} packs to {TITLES[consignee]}"
    ) as step:
        sent = people[sender].drugs.shipments.ship(
            source,
            _first(source, count),
            to=people.identity(consignee),
            at=GLNS[sender],
            towards=GLNS[consignee],
            when=at,
        )
        step.paid(sent.transaction)
    with report.step("medicine", TITLES[consignee], f"counts and receives {count} packs") as step:
        came = Consignment.from_json(sent.to_json())
        received = people[consignee].drugs.shipments.receive(
            came, at=GLNS[consignee], sent_from=GLNS[sender], when=at
        )
        step.paid(received.transaction)
    return came


def _first(source: LotManifest | Consignment, count: int) -> list[str]:
    serials = source.serials if isinstance(source, LotManifest) else map(str, source.openings)
    return list(islice(serials, count))


def _dispense(people: People, report: Report, arrived: Consignment) -> None:
    pharmacy = people["pharmacist"]
    opening = next(iter(arrived.openings.values()))
    code = Scan(arrived.gtin, arrived.lot, opening.serial).element_string()
    with report.step("medicine", TITLES["pharmacist"], "scans a pack and dispenses it") as step:
        judged = pharmacy.drugs.scan(code, arrived)
        if judged.verdict is not Verdict.GENUINE:
            raise VerificationError(judged.explanation)
        step.paid(pharmacy.drugs.packs.dispense(opening))
    report.prove(
        "this pack is of its authorised maker's lot, and dispensed once",
        by=TITLES["pharmacist"],
        rests_on="inclusion proof of a salted serial, the lot's root on chain",
    )
    report.refusal(
        "medicine",
        TITLES["pharmacist"],
        "dispenses the same serial again",
        error=PackDecommissionedAlready,
        act=lambda: pharmacy.drugs.packs.dispense(opening),
    )


def _expose_counterfeit(people: People, report: Report, arrived: Consignment) -> None:
    pharmacy = people["pharmacist"]
    genuine = list(arrived.openings.values())[1]
    forged = replace(genuine, serial=Serial("S999999"))
    with report.step("medicine", TITLES["pharmacist"], "scans a counterfeit serial") as step:
        judged = pharmacy.drugs.scan(Scan(arrived.gtin, arrived.lot, forged.serial), forged)
        if judged.verdict is not Verdict.COUNTERFEIT:
            raise VerificationError("a counterfeit passed for genuine: do not use this version")
        step.refused = "counterfeit"
    report.refusal(
        "medicine",
        TITLES["pharmacist"],
        "dispenses the counterfeit anyway",
        error=PackNotInLot,
        act=lambda: pharmacy.drugs.packs.dispense(forged),
    )
    report.prove(
        "a serial never committed to is exposed, offline too",
        by=TITLES["pharmacist"],
        rests_on="the same root; no list of serials is public",
    )


def _recall(people: People, report: Report, arrived: Consignment) -> None:
    maker, pharmacy = people["manufacturer"], people["pharmacist"]
    with report.step(
        "medicine", TITLES["manufacturer"], f"recalls all {QUANTITY:,} packs in one write"
    ) as step:
        step.paid(maker.drugs.safety.recall(arrived.gtin, arrived.lot))
    report.refusal(
        "medicine",
        TITLES["pharmacist"],
        "dispenses a recalled pack",
        error=LotIsRecalled,
        act=lambda: pharmacy.drugs.packs.dispense(list(arrived.openings.values())[2]),
    )
    report.prove(
        "every pack of a recalled lot of any size is stopped at once",
        by="anybody",
        rests_on="one bit of the lot's state on chain",
    )

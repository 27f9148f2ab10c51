"""The medicine half: a lot commissioned, shipped, dispensed, counterfeited, recalled.

Example:
    >>> from salus.demo.medicine import demonstration_gtin
    >>> demonstration_gtin().value[:4]
    '0952'
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from salus.contracts.drugs.errors import LotIsRecalled
from salus.contracts.drugs.pack_errors import PackDecommissionedAlready, PackNotInLot
from salus.demo.people import TITLES, People
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.manifest import LotManifest
from salus.drugs.documents.opening import PackOpening, contents_root
from salus.drugs.scanning import Verdict
from salus.epcis.events import commissioning_event, receiving_event, shipping_event
from salus.epcis.hashing import event_digest
from salus.epcis.parts import LotQuantity
from salus.errors import VerificationError
from salus.gs1.fields import LotNumber, Serial
from salus.gs1.keys import Gln, Gtin, check_digit
from salus.gs1.scan import Scan

if TYPE_CHECKING:
    from salus.demo.report import Report

QUANTITY = 1000
SHIPPED = 100
GLNS = {
    "maker": Gln("9520001000003"),
    "wholesaler": Gln("9520002000002"),
    "pharmacy": Gln("9520003000001"),
}


def demonstration_gtin() -> Gtin:
    """A random GTIN under 952, the prefix that GS1 keeps for demonstrations and examples."""
    payload = f"0952{secrets.randbelow(10**9):09d}"
    return Gtin(f"{payload}{check_digit(payload)}")


def tell(people: People, report: Report) -> None:
    """Run the chapter."""
    now = datetime.fromtimestamp(people["maker"].chain.now(), UTC)
    manifest = _commission(people, report, now)
    consignment = _hand_over(people, report, manifest, "maker", "wholesaler", SHIPPED)
    arrived = _hand_over(people, report, consignment, "wholesaler", "pharmacy", 10)
    _dispense(people, report, arrived)
    _expose_counterfeit(people, report, arrived)
    _recall(people, report, arrived)


def _commission(people: People, report: Report, now: datetime) -> LotManifest:
    gtin, maker = demonstration_gtin(), people.identity("maker")
    with report.step(
        "medicine", TITLES["regulator"], "binds a GTIN to its holder and maker"
    ) as step:
        step.paid(people["regulator"].drugs.products.register(gtin, holder=maker, makers=[maker]))
    with report.step(
        "medicine", TITLES["maker"], f"commissions a lot of {QUANTITY:,} salted serials"
    ) as step:
        lot = LotNumber(f"D{int(now.timestamp())}")
        serials = [f"S{index:06d}" for index in range(QUANTITY)]
        expiry = (now + timedelta(days=730)).date()
        manifest = LotManifest.build(gtin, lot, maker=maker, expiry=expiry, serials=serials)
        event = commissioning_event(
            lot=LotQuantity(gtin, lot, QUANTITY), expiry=expiry, at=now, read_point=GLNS["maker"]
        )
        step.paid(people["maker"].drugs.lots.commission(manifest, event_hash=event_digest(event)))
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
    openings = _openings(source, count)
    quantity = [LotQuantity(source.gtin, source.lot, count)]
    at = datetime.fromtimestamp(people[sender].chain.now(), UTC)
    with report.step(
        "medicine", TITLES[sender], f"ships {count} packs to {TITLES[consignee]}"
    ) as step:
        event = shipping_event(
            quantity, at=at, read_point=GLNS[sender], sender=GLNS[sender], consignee=GLNS[consignee]
        )
        shipment, transaction = people[sender].drugs.shipments.ship(
            source.gtin,
            source.lot,
            to=people.identity(consignee),
            quantity=count,
            contents_root=contents_root(openings),
            event_hash=event_digest(event),
            maker=source.maker,
        )
        step.paid(transaction)
        sent = Consignment(
            source.gtin, source.lot, shipment, {each.serial: each for each in openings}
        )
    with report.step("medicine", TITLES[consignee], f"counts and receives {count} packs") as step:
        came = Consignment.from_json(sent.to_json())
        arrival = receiving_event(
            quantity,
            at=at,
            read_point=GLNS[consignee],
            sender=GLNS[sender],
            consignee=GLNS[consignee],
        )
        step.paid(
            people[consignee].drugs.shipments.receive_consignment(
                came, event_hash=event_digest(arrival)
            )
        )
    return came


def _openings(source: LotManifest | Consignment, count: int) -> Sequence[PackOpening]:
    if isinstance(source, LotManifest):
        return [source.opening(serial) for serial in source.serials[:count]]
    return list(source.openings.values())[:count]


def _dispense(people: People, report: Report, arrived: Consignment) -> None:
    pharmacy = people["pharmacy"]
    opening = next(iter(arrived.openings.values()))
    scan = Scan(arrived.gtin, arrived.lot, opening.serial)
    with report.step("medicine", TITLES["pharmacy"], "scans a pack and dispenses it") as step:
        judged = pharmacy.drugs.scan(scan, opening)
        if judged.verdict is not Verdict.GENUINE:
            raise VerificationError(judged.explanation)
        step.paid(pharmacy.drugs.packs.dispense(opening))
    report.prove(
        "this pack is of its authorised maker's lot, and dispensed once",
        by=TITLES["pharmacy"],
        rests_on="inclusion proof of a salted serial, the lot's root on chain",
    )
    report.refusal(
        "medicine",
        TITLES["pharmacy"],
        "dispenses the same serial again",
        error=PackDecommissionedAlready,
        act=lambda: pharmacy.drugs.packs.dispense(opening),
    )


def _expose_counterfeit(people: People, report: Report, arrived: Consignment) -> None:
    pharmacy = people["pharmacy"]
    genuine = list(arrived.openings.values())[1]
    forged = replace(genuine, serial=Serial("S999999"))
    with report.step("medicine", TITLES["pharmacy"], "scans a counterfeit serial") as step:
        judged = pharmacy.drugs.scan(Scan(arrived.gtin, arrived.lot, forged.serial), forged)
        if judged.verdict is not Verdict.COUNTERFEIT:
            raise VerificationError("a counterfeit passed for genuine: do not use this version")
        step.refused = "counterfeit"
    report.refusal(
        "medicine",
        TITLES["pharmacy"],
        "dispenses the counterfeit anyway",
        error=PackNotInLot,
        act=lambda: pharmacy.drugs.packs.dispense(forged),
    )
    report.prove(
        "a serial never committed to is exposed, offline too",
        by=TITLES["pharmacy"],
        rests_on="the same root; no list of serials is public",
    )


def _recall(people: People, report: Report, arrived: Consignment) -> None:
    maker, pharmacy = people["maker"], people["pharmacy"]
    with report.step(
        "medicine", TITLES["maker"], f"recalls all {QUANTITY:,} packs in one write"
    ) as step:
        step.paid(maker.drugs.safety.recall(arrived.gtin, arrived.lot))
    report.refusal(
        "medicine",
        TITLES["pharmacy"],
        "dispenses a recalled pack",
        error=LotIsRecalled,
        act=lambda: pharmacy.drugs.packs.dispense(list(arrived.openings.values())[2]),
    )
    report.prove(
        "every pack of a recalled lot of any size is stopped at once",
        by="anybody",
        rests_on="one bit of the lot's state on chain",
    )

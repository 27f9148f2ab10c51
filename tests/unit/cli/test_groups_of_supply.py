"""Every verb of `lots` and `packs`, with the JSON that it promises."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date

import pytest
from tests.support.command_line import CommandLine, new_gtin, verbs_of
from tests.support.shells import Shells

from salus import Salus
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import contents_root
from salus.gs1 import Gtin, LotNumber
from salus.primitives.roles import Role

MAKERS_GLN, PHARMACYS_GLN = "9520001000003", "9520003000001"


@dataclass
class Chain:
    """A maker and regulator, a pharmacy, and a product."""

    maker: CommandLine
    pharmacy: CommandLine
    gtin: str

    def code(self, serial: str, lot: str = "AB-12") -> str:
        return f"(01){self.gtin}(17)281231(10){lot}(21){serial}"

    def commission(self, lot: str = "AB-12", packs: int = 6) -> None:
        serials = [f"S{index:04d}" for index in range(packs)]
        self.maker.write(f"{lot}.txt", "\n".join(serials))
        self.maker(
            *("lots", "commission", self.gtin, lot, "--expiry", "2028-12-31", "--gln", MAKERS_GLN),
            *("--serials", f"{lot}.txt", "--manifest", f"{lot}.json"),
        )

    def ship(self, serials: list[str], out: str, source: str = "AB-12.json") -> str:
        self.maker.write("shipped.txt", "\n".join(serials))
        done = self.maker(
            *("shipments", "ship", source, "--serials", "shipped.txt", "--to", self.pharmacy.me),
            *("--gln", MAKERS_GLN, "--to-gln", PHARMACYS_GLN, "--out", out),
        )
        assert done.data["quantity"] == len(serials)
        return str(self.maker.folder / out)

    def receive(self, consignment: str) -> None:
        self.pharmacy(
            *("shipments", "receive", consignment, "--gln", PHARMACYS_GLN, "--from-gln", MAKERS_GLN)
        )


@pytest.fixture
def chain(shell: Shells) -> Chain:
    maker, pharmacy = shell(Role.REGULATOR, Role.MANUFACTURER), shell(Role.PHARMACY)
    gtin = new_gtin()
    maker("products", "register", gtin, "--holder", maker.me, "--maker", maker.me)
    return Chain(maker, pharmacy, gtin)


def test_every_verb_of_products_lots_and_shipments(chain: Chain) -> None:
    maker, pharmacy, gtin = chain.maker, chain.pharmacy, chain.gtin
    maker("products", "permit", gtin, pharmacy.me)
    assert maker("products", "show", gtin, "--maker", pharmacy.me).data["mayCommission"]
    maker("products", "forbid", gtin, pharmacy.me)
    assert not maker("products", "show", gtin, "--maker", pharmacy.me).data["mayCommission"]
    chain.commission()
    assert (maker.folder / "AB-12.json").stat().st_mode & 0o777 == 0o600

    chain.receive(chain.ship(["S0000"], "first.json"))
    second = chain.ship(["S0001", "S0002"], "second.json")
    short = pharmacy(
        "shipments", "dispute", second, "--counted", 1, "--reason", "one is missing"
    ).data
    assert (short["status"], short["inTransit"]) == ("disputed", 2)
    pharmacy("shipments", "reject", second, "--reason", "all of it", "--statement", "why.json")
    assert (pharmacy.folder / "why.json").stat().st_mode & 0o777 == 0o600
    assert maker("shipments", "take-back", second).data["status"] == "closed"
    third = chain.ship(["S0003"], "third.json")
    assert maker("shipments", "show", third).data["status"] == "in-transit"
    refused = maker("shipments", "write-off", third, "--as", "stolen")
    assert refused.error[:2] == (3, "ShipmentNotOverdue")
    pharmacy("shipments", "reject", third, "--reason", "broken")
    maker("shipments", "write-off", third, "--as", "destroyed")

    (listed,) = maker("lots", "list", "--product", gtin, "--holder", maker.me).data["lots"]
    assert (listed["gtin"], listed["quantity"], listed["expiry"]) == (gtin, 6, "2028-12-31")
    assert maker("lots", "list", "--after", listed["at"], "--product", gtin).data["lots"] == []
    sent = maker("shipments", "list", "--lot-id", listed["lotId"], "--to", pharmacy.me).data
    assert [each["quantity"] for each in sent["shipments"]] == [1, 2, 1]
    assert maker("lots", "list", "--after", "soon").error[:2] == (2, "InputError")
    stopped = maker("lots", "quarantine", gtin, "AB-12", "--reason", "a complaint").data
    assert (stopped["quarantined"], len(stopped["stoppedBy"])) == (True, 1)
    assert maker("lots", "show", gtin, "AB-12").data["quarantined"]
    let_go = maker("lots", "release", gtin, "AB-12", "--reason", "unfounded").data
    assert (let_go["quarantined"], let_go["stoppedBy"]) == (False, [])
    maker("lots", "quarantine", gtin, "AB-12", "--reason", "a spill", "--packs", "4-5")
    maker("lots", "release", gtin, "AB-12", "--reason", "dry", "--packs", "4-5")
    backwards = ("lots", "recall", gtin, "AB-12", "--reason", "a spill", "--packs", "5-4")
    assert maker(*backwards).error[:2] == (2, "InputError")
    chain.commission("CD-34")
    assert maker("lots", "void", gtin, "CD-34", "--reason", "a wrong list").data["void"]
    assert maker("lots", "show", gtin, "CD-34").data["void"]
    for lot in ("EF-56", "GH-78"):
        chain.commission(lot)
    places = ("--gln", MAKERS_GLN, "--to-gln", PHARMACYS_GLN, "--to", pharmacy.me)
    many = maker(
        "shipments", "ship-many", "EF-56.json", "GH-78.json", *places, "--out", "pallet"
    ).data
    files = [str(maker.folder / each["consignment"]) for each in many["shipments"]]
    back = ("--gln", PHARMACYS_GLN, "--from-gln", MAKERS_GLN)
    assert len(pharmacy("shipments", "receive-many", *files, *back).data["shipments"]) == 2
    wrong, right = secrets.token_hex(32), secrets.token_hex(32)
    maker(
        *("lots", "correct", gtin, "AB-12", "--wrong", wrong, "--right", right),
        *("--reason", "wrong day"),
    )
    maker("products", "change-holder", gtin, pharmacy.me)
    maker("lots", "recall", gtin, "AB-12", "--reason", "impurity found")
    assert maker("lots", "show", gtin, "AB-12").data["recalled"]
    told = maker("lots", "history", gtin, "AB-12").data
    assert [told["events"][0]["event"], told["events"][-1]["event"]] == [
        "LotCommissioned",
        "LotRecalled",
    ]
    held = maker("lots", "holders", gtin, "AB-12").data
    assert held["lotId"] == told["lotId"] == listed["lotId"]
    assert {each["identity"] for each in held["holders"]} <= {maker.me, pharmacy.me}
    assert maker.done | pharmacy.done == (
        verbs_of("products") | verbs_of("lots") | verbs_of("shipments")
    )


def test_every_verb_of_packs(chain: Chain) -> None:
    maker, pharmacy = chain.maker, chain.pharmacy
    chain.commission()
    consignment = chain.ship(["S0000", "S0001"], "out.json")
    chain.receive(consignment)
    first, second = chain.code("S0000"), chain.code("S0001")

    assert pharmacy("packs", "scan", first, "--from", consignment).data["verdict"] == "genuine"
    pharmacy("packs", "dispense", first, "--from", consignment)
    pharmacy("packs", "restore", first, "--from", consignment)
    pharmacy("packs", "end", second, "--from", consignment, "--reason", "destroyed")
    maker("packs", "reinstate", second, "--from", "AB-12.json")
    maker("packs", "flag", first, "--from", "AB-12.json", "--as", "locked")
    scanned = pharmacy("packs", "scan", first, "--from", consignment)
    assert scanned.code == 6
    assert '"verdict": "locked"' in scanned.out
    assert pharmacy.done | maker.done >= verbs_of("packs")


def test_a_pack_that_a_scan_calls_counterfeit_is_not_dispensed(chain: Chain) -> None:
    maker, pharmacy = chain.maker, chain.pharmacy
    chain.commission()
    consignment = chain.ship(["S0000"], "out.json")
    chain.receive(consignment)
    longer = chain.code("S0000").replace("(17)281231", "(17)291231")
    before = pharmacy.place.chain.block().number
    for act in (("dispense",), ("end", "--reason", "dispensed")):
        refused = pharmacy("packs", act[0], longer, "--from", consignment, *act[1:])
        assert refused.error[:2] == (6, "PackRefused")
    assert pharmacy.place.chain.block().number == before

    code = chain.code("S0000")
    maker("lots", "quarantine", chain.gtin, "AB-12", "--reason", "a complaint")
    held = pharmacy("packs", "dispense", code, "--from", consignment)
    assert held.error[:2] == (3, "LotIsQuarantined")
    maker("lots", "release", chain.gtin, "AB-12", "--reason", "unfounded")
    assert pharmacy("packs", "dispense", code, "--from", consignment).code == 0


def test_people_are_told_in_words_and_times(chain: Chain) -> None:
    chain.commission()
    consignment = chain.ship(["S0000"], "out.json")
    receive = (
        "shipments",
        "receive",
        consignment,
        "--gln",
        PHARMACYS_GLN,
        "--from-gln",
        MAKERS_GLN,
    )
    received = chain.pharmacy(*receive, json=False)
    assert re.search(r"counted +all\b", received.out)
    code = chain.code("S0000")
    chain.pharmacy("packs", "dispense", code, "--from", consignment)
    again = chain.pharmacy("packs", "scan", code, "--from", consignment, json=False)
    assert re.search(r"dispensed before, by 0x\w{40} at 20[\d-]{8}T[\d:]{8}Z", again.out)


def test_a_consignment_with_packs_of_no_lot_is_not_received(chain: Chain) -> None:
    chain.commission()
    forged = LotManifest.build(
        Gtin(chain.gtin),
        LotNumber("AB-12"),
        maker=chain.maker.me,
        expiry=date(2028, 12, 31),
        serials=[f"S{index:04d}" for index in range(6)],
    )
    consignment = str(chain.maker.write("out.json", sent_by_hand(chain, forged).to_json()))
    refused = chain.pharmacy(
        *("shipments", "receive", consignment, "--gln", PHARMACYS_GLN, "--from-gln", MAKERS_GLN)
    )
    assert refused.error[:2] == (6, "ForgedConsignment")
    assert chain.maker("shipments", "show", consignment).data["status"] == "in-transit"


def sent_by_hand(chain: Chain, manifest: LotManifest) -> Consignment:
    """A shipment of one pack, past the command line's checks."""
    opening = manifest.opening("S0000")
    shipment, _ = Salus(chain.maker.place.chain, account=chain.maker.account).drugs.shipments.send(
        manifest.gtin,
        manifest.lot,
        to=chain.pharmacy.me,
        quantity=1,
        contents_root=contents_root([opening]),
        event_hash=secrets.token_bytes(32),
    )
    return Consignment(manifest.gtin, manifest.lot, shipment, {opening.serial: opening})


def test_a_refused_shipment_leaves_no_consignment(chain: Chain) -> None:
    chain.commission()
    chain.ship(["S0000"], "out.json")
    again = chain.maker(
        *("shipments", "ship", "AB-12.json", "--to", chain.pharmacy.me, "--out", "more.json"),
        *("--gln", MAKERS_GLN, "--to-gln", PHARMACYS_GLN),
    )
    assert again.error[:2] == (3, "LotInsufficient")
    assert not (chain.maker.folder / "more.json").exists()


def test_a_consignment_is_never_overwritten(chain: Chain) -> None:
    chain.commission()
    before = chain.ship(["S0000"], "out.json")
    held = chain.maker.folder / "out.json"
    content = held.read_bytes()
    again = chain.maker(
        *("shipments", "ship", "AB-12.json", "--to", chain.pharmacy.me, "--out", before),
        *("--gln", MAKERS_GLN, "--to-gln", PHARMACYS_GLN),
    )
    assert again.error[:2] == (2, "InputError")
    assert f"`salus shipments show {before}` shows whether it was sent" in again.error[2]
    assert held.read_bytes() == content

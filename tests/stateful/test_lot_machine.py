"""Lots through the client against a shadow book: no pack appears, none disappears.

The contract's own machine (tests/contracts/drug) knows nothing of serials: here packs have names,
proofs come from the maker's manifest, and a scan must tell what became of each.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from tests.support.budget import BUDGET, cast

from salus import Salus
from salus.contracts.drugs.errors import (
    LotInsufficient,
    LotIsRecalled,
    ShipmentOverage,
    ShipmentWrongStatus,
)
from salus.contracts.drugs.pack_errors import PackDecommissionedAlready
from salus.contracts.drugs.values import Reason, Shipment
from salus.drugs import Verdict
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening, contents_root
from salus.errors import SalusError
from salus.gs1 import Gtin, LotNumber, Serial
from salus.gs1.identification_keys import check_digit
from salus.gs1.scan import Scan

PACKS = 8
EVENT = b"\x0e" * 32
PARTNERS = ("manufacturer", "distributor", "pharmacist", "hospital")
DISPENSERS = ("pharmacist", "hospital")
partners = st.sampled_from(PARTNERS)


@dataclass
class Transit:
    """What should be true of one shipment."""

    shipment: Shipment
    sender: str
    to: str
    packs: int
    open: bool = True


@dataclass
class Book:
    """What should be true of one lot."""

    held: dict[str, int]
    ended: dict[int, Reason] = field(default_factory=dict)
    transits: list[Transit] = field(default_factory=list)
    recalled: bool = False


class LotMachine(RuleBasedStateMachine):
    """One lot of eight packs among a maker, a wholesaler, a pharmacy and a hospital."""

    shipments = Bundle("shipments")

    @initialize()
    def commission(self) -> None:
        _, self.team = cast()
        payload = f"0952{secrets.randbelow(10**9):09d}"
        gtin = Gtin(f"{payload}{check_digit(payload)}")
        maker = self.team.identity("manufacturer")
        self.team.regulator.drugs.products.register(gtin, holder=maker, makers=[maker])
        today = datetime.fromtimestamp(self.team.manufacturer.chain.now(), UTC)
        self.manifest = LotManifest.build(
            gtin,
            LotNumber("LOT-1"),
            maker=maker,
            expiry=(today + timedelta(days=900)).date(),
            serials=[f"S{number}" for number in range(PACKS)],
        )
        self.team.manufacturer.drugs.lots.commission(self.manifest, event_hash=EVENT)
        self.book = Book(dict.fromkeys(PARTNERS, 0) | {"manufacturer": PACKS})

    @rule(target=shipments, sender=partners, to=partners, quantity=st.integers(1, PACKS))
    def ship(self, sender: str, to: str, quantity: int) -> Transit | MultipleResults[Transit]:
        if sender == to:
            return multiple()
        expected = None
        if self.book.recalled and to != "manufacturer":
            expected = LotIsRecalled
        elif self.book.held[sender] < quantity:
            expected = LotInsufficient
        try:
            transit = self._ship(sender, to, quantity)
        except SalusError as error:
            refused = type(error)
        else:
            refused = None
            self.book.held[sender] -= quantity
            self.book.transits.append(transit)
        assert refused is expected
        return multiple() if refused else transit

    @rule(transit=shipments, counted=st.integers(1, PACKS))
    def receive(self, transit: Transit, counted: int) -> None:
        expected = None
        if not transit.open:
            expected = ShipmentWrongStatus
        elif self.book.recalled and transit.to != "manufacturer":
            expected = LotIsRecalled
        elif counted > transit.packs:
            expected = ShipmentOverage
        refused = self._refused(
            self.team[transit.to],
            "shipments.take",
            transit.shipment,
            self.manifest.gtin,
            self.manifest.lot,
            event_hash=EVENT,
            counted=counted,
        )
        assert refused is expected
        if refused is None:
            transit.packs -= counted
            transit.open = transit.packs > 0
            self.book.held[transit.to] += counted

    @rule(transit=shipments)
    def reject_and_take_back(self, transit: Transit) -> None:
        expected = None if transit.open else ShipmentWrongStatus
        refused = self._refused(self.team[transit.to], "shipments.reject", transit.shipment)
        assert refused is expected
        if refused is None:
            self.team[transit.sender].drugs.shipments.take_back(transit.shipment)
            self.book.held[transit.sender] += transit.packs
            transit.packs, transit.open = 0, False

    @rule(
        who=st.sampled_from(DISPENSERS),
        index=st.integers(0, PACKS - 1),
        reason=st.sampled_from((Reason.DISPENSED, Reason.DESTROYED)),
    )
    def end(self, who: str, index: int, reason: Reason) -> None:
        expected = None
        if self.book.recalled and reason is Reason.DISPENSED:
            expected = LotIsRecalled
        elif self.book.held[who] < 1:
            expected = LotInsufficient
        elif index in self.book.ended:
            expected = PackDecommissionedAlready
        opening = self._opening(index)
        refused = self._refused(self.team[who], "packs.decommission", opening, reason)
        assert refused is expected
        if refused is None:
            self.book.held[who] -= 1
            self.book.ended[index] = reason

    @rule(often=st.integers(0, 7))
    def recall(self, often: int) -> None:
        if often or self.book.recalled:
            return
        self.team.manufacturer.drugs.safety.recall(
            self.manifest.gtin, self.manifest.lot, reason_digest=EVENT
        )
        self.book.recalled = True

    @rule(index=st.integers(0, PACKS - 1))
    def scan(self, index: int) -> None:
        opening = self._opening(index)
        scan = Scan(self.manifest.gtin, self.manifest.lot, Serial(f"S{index}"))
        result = self.team.pharmacist.drugs.scan(scan, opening)
        sound = index not in self.book.ended and not self.book.recalled
        assert (result.verdict is Verdict.GENUINE) is sound

    @invariant()
    def no_pack_appears_and_none_disappears(self) -> None:
        drugs = self.team.regulator.drugs
        held = [
            drugs.lots.held(self.manifest.gtin, self.manifest.lot, partner=self.team.identity(who))
            for who in PARTNERS
        ]
        transit = [drugs.shipments.state(each.shipment).in_transit for each in self.book.transits]
        assert held == [self.book.held[who] for who in PARTNERS]
        assert transit == [each.packs for each in self.book.transits]
        assert sum(held) + sum(transit) + len(self.book.ended) == PACKS

    def _ship(self, sender: str, to: str, quantity: int) -> Transit:
        shipment, _ = self.team[sender].drugs.shipments.send(
            self.manifest.gtin,
            self.manifest.lot,
            to=self.team.identity(to),
            quantity=quantity,
            contents_root=contents_root([self._opening(0)]),
            event_hash=secrets.token_bytes(32),
        )
        return Transit(shipment, sender, to, quantity)

    def _opening(self, index: int) -> PackOpening:
        return self.manifest.opening(f"S{index}")

    @staticmethod
    def _refused(client: Salus, act: str, *arguments: object, **named: object) -> object:
        try:
            attrgetter(act)(client.drugs)(*arguments, **named)
        except SalusError as error:
            return type(error)
        return None


LotMachine.TestCase.settings = BUDGET
TestLotMachine = LotMachine.TestCase

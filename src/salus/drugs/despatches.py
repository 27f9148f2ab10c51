"""Many lots that travel together: one EPCIS event, a shipment for each lot, few transactions.

Example:
    >>> from salus.testing import local_salus
    >>> local_salus().drugs.despatches.ship([], to="0x" + "11" * 20, at=None, towards=None)
    Traceback (most recent call last):
    salus_verify.errors.InvalidValue: ship.at must be Gln, not None; correct that
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from salus.chain.sending.parts import parts_of
from salus.contracts.drugs.values import Shipment
from salus.drugs.checking import require_genuine, require_parties, require_receivable
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.pack_opening import contents_root
from salus.drugs.documents.sources import PackSource, openings_of
from salus.drugs.handovers import Keep, ReceivedPacks, arrived, kept, shipped
from salus.drugs.lot_ids import acting, lot_id
from salus.errors import InputError
from salus.gs1.fields import Serial, lot_digest
from salus.gs1.identification_keys import Gln
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment

if TYPE_CHECKING:
    from salus.chain.registry_client import RegistryClient
    from salus.drugs.lots import Lots

LINE_GAS = 80_000
"""The most that one lot of a despatch or receipt uses."""
Load: TypeAlias = tuple[PackSource, Iterable[str | Serial] | None]
"""What opens the packs of a lot, and which of them go; None for all."""


class Despatches:
    """What trading partners hand over in one go, all of it or nothing.

    What no transaction can hold (some 160 lots) goes in several, each of which is all or nothing;
    all are simulated before the first is sent. Under a name (`me.outbox.once`) a handover that was
    cut short goes on where it was.

    Each lot is a shipment of its own, which is received, disputed and returned like any other.
    """

    def __init__(self, registry: RegistryClient, lots: Lots) -> None:
        self._registry = registry
        self._lots = lots

    @typed_arguments
    def ship(
        self,
        loads: Sequence[Load],
        *,
        to: AnyIdentity,
        at: Gln,
        towards: Gln,
        when: Moment | None = None,
        actor: AnyIdentity | None = None,
        keep: Keep | None = None,
    ) -> tuple[Consignment, ...]:
        """Hand packs of many lots over, with the one EPCIS event of the despatch.

        Args:
            loads: For each lot its manifest or consignment, and which packs of it; None for all.
            to: The consignee.
            at: Where they leave.
            towards: Where they go.
            when: When they left, with an offset from UTC, or in Unix seconds; defaults to now.
            actor: The sender; defaults to the account's identity.
            keep: Stores each consignment's JSON before anything is sent; see `kept`.

        Returns:
            The consignments, in the order of the loads.

        Raises:
            InputError: There are no loads, or as for `Shipments.ship`.
            VerificationError: As for `Shipments.ship`.
            ContractError: As for `Shipments.send`. After each of these nothing was sent.
            BatchIncomplete: One of several transactions failed: the lots of the others are shipped.
        """
        if not loads:
            raise InputError("nothing to ship: name at least one lot")
        opened = [(packs, openings_of(packs, serials)) for packs, serials in loads]
        event = shipped([(p, len(o)) for p, o in opened], at=at, towards=towards, when=when)
        sender, consignee = acting(self._registry, actor), identity_of(to)
        made = []
        for packs, openings in opened:
            shipment = Shipment(
                lot_id(packs.gtin, packs.lot, packs.maker),
                sender,
                consignee,
                len(openings),
                contents_root(openings),
                event.digest,
            )
            require_receivable(self._lots, packs, openings)
            named = {each.serial: each for each in openings}
            made.append(Consignment(packs.gtin, packs.lot, shipment, named, event))
        with ExitStack() as stack:
            for each in made:
                stack.enter_context(kept(keep, each.to_json))
            parts = list(parts_of(made, gas_of=lambda _: LINE_GAS))
            sent = self._registry.send_parts("shipLots", [[list(map(_line, p))] for p in parts])
        return tuple(
            replace(each, transaction=transaction)
            for part, transaction in zip(parts, sent, strict=True)
            for each in part
        )

    @typed_arguments
    def receive(
        self,
        consignments: Sequence[Consignment],
        *,
        at: Gln,
        sent_from: Gln,
        when: Moment | None = None,
        keep: Keep | None = None,
    ) -> ReceivedPacks:
        """Take packs of many lots into custody, all that were shipped.

        What came short is received by itself, with `Shipments.receive` and its ``counted``.

        Args:
            consignments: What travelled with the shipments.
            at: Where the packs arrived.
            sent_from: The sender's place.
            when: When they arrived, with an offset from UTC, or in Unix seconds; defaults to now.
            keep: Stores the receiving event's JSON before anything is sent; see `kept`.

        Returns:
            The EPCIS event that stands on chain by its hash, and the transactions.

        Raises:
            InputError: There are none, or a shipping event names another sender or consignee.
            VerificationError: Nobody commissioned a lot; nothing was sent.
            ForgedConsignment: An opening leads to no pack of its lot; nothing was sent.
            ContractError: As for `Shipments.take`.
            BatchIncomplete: One of several transactions failed: lots of the others are received.
        """
        if not consignments:
            raise InputError("nothing to receive: give at least one consignment")
        counted = [(each, each.shipment.quantity) for each in consignments]
        event = arrived(counted, at=at, sent_from=sent_from, when=when)
        for each in consignments:
            require_parties(each, sent_from=sent_from, at=at)
            require_genuine(self._lots, each)
        lines = [(*_line(each), found) for each, found in counted]
        with kept(keep, lambda: event.json):
            parts = [[p, event.digest] for p in parts_of(lines, gas_of=lambda _: LINE_GAS)]
            *earlier, last = self._registry.send_parts("receiveLots", parts)
        return ReceivedPacks(event, last, tuple(earlier))


def _line(each: Consignment) -> tuple[object, ...]:
    """The contract's `ShipmentLine`."""
    return (each.shipment.as_tuple(), int(each.gtin.value), lot_digest(each.gtin, each.lot))

"""Packs leave the supply chain once: dispensed, exported, destroyed or stolen.

Example:
    >>> from salus.drugs.packs import Packs
    >>> Packs.contract_name
    'DrugProvenance'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.drugs.base import DrugActs, lot_id
from salus.errors import InputError
from salus.gs1 import lot_digest
from salus.models import Address, Flag, Reason

if TYPE_CHECKING:
    from salus.chain import Transaction
    from salus.packs import PackOpening


def _shown(opening: PackOpening) -> tuple[int, bytes, list[bytes]]:
    """The contract's `PackProof`."""
    return (opening.index, opening.commitment, list(opening.proof))


class Packs(DrugActs):
    """What custodians and authorisation holders do with single packs."""

    def decommission(
        self, opening: PackOpening, reason: Reason, *, actor: Address | None = None
    ) -> Transaction:
        """Take one pack out of the supply chain.

        Raises:
            PackDecommissionedAlready: When it was before; the error says by whom, when and why.
            PackNotInLot: When the opening is not of a pack of that lot: a counterfeit.
        """
        lot = lot_id(opening.gtin, opening.lot)
        return self._send("decommissionPack", self._actor(actor), lot, _shown(opening), int(reason))

    def dispense(self, opening: PackOpening, *, actor: Address | None = None) -> Transaction:
        """Dispense one pack, as a pharmacy or hospital."""
        return self.decommission(opening, Reason.DISPENSED, actor=actor)

    def decommission_batch(
        self, openings: Sequence[PackOpening], reason: Reason, *, actor: Address | None = None
    ) -> Transaction:
        """Take many packs of one lot out of the supply chain; all of them or none.

        Raises:
            InputError: When there are none, or they are of several lots.
        """
        lots = {lot_id(each.gtin, each.lot) for each in openings}
        if len(lots) != 1:
            raise InputError(f"a batch takes packs of one lot, not of {len(lots)}")
        shown = [_shown(each) for each in openings]
        return self._send("decommissionPacks", self._actor(actor), lots.pop(), shown, int(reason))

    def restore(self, opening: PackOpening, *, actor: Address | None = None) -> Transaction:
        """Undo a reversible decommissioning, as who did it and within ten days."""
        lot = lot_id(opening.gtin, opening.lot)
        return self._send("restorePack", self._actor(actor), lot, opening.index)

    def flag(
        self, opening: PackOpening, flag: Flag, *, actor: Address | None = None
    ) -> Transaction:
        """Lock a pack, unlock it, or mark it stolen for ever, as the authorisation holder."""
        return self._send(
            "flagPack",
            self._actor(actor),
            int(opening.gtin.value),
            lot_digest(opening.gtin, opening.lot),
            _shown(opening),
            int(flag),
        )

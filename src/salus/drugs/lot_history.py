"""What became of a lot, and who holds it now: from its events, and from the contract.

Example:
    >>> import salus
    >>> contract = salus.connect("tester").chain.contract("DrugProvenance")
    >>> LotHistory(contract, bytes(32)).events()
    []
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from salus.chain.errors import HistoryUnavailable
from salus.contracts.drugs.values import Lot
from salus.primitives.address import Address

if TYPE_CHECKING:
    from salus.chain.contract import Contract
    from salus.contracts.event import Event


class LotHistory:
    """One lot, by the contract's name of it."""

    def __init__(self, contract: Contract, lot: bytes) -> None:
        self._contract, self._lot = contract, lot

    def events(self) -> list[Event]:
        """Whatever happened to it, oldest first.

        Raises:
            HistoryUnavailable: It exists, and where it was commissioned is not shown.
        """
        from salus.contracts.drugs import SPEC

        kinds = [each for each in SPEC.events().values() if "lot" in each.__dataclass_fields__]
        found = [each for kind in kinds for each in self._contract.listed(kind, lot=self._lot)]
        self._require_begun(found)
        return sorted(found, key=attrgetter("place"))

    def holders(self) -> dict[Address, int]:
        """Who has packs of it, and how many: asked of the contract, of whoever ever got some.

        Raises:
            HistoryUnavailable: As for :meth:`events`.
        """
        from salus.contracts.drugs.events import LotCommissioned, LotReceived, ShipmentReturned

        made = self._contract.listed(LotCommissioned, lot=self._lot)
        self._require_begun(made)
        received = self._contract.listed(LotReceived, lot=self._lot)
        returned = self._contract.listed(ShipmentReturned, lot=self._lot)
        whose = [
            *(each.maker for each in made),
            *(each.to for each in received),
            *(each.to for each in returned),
        ]
        partners = dict.fromkeys(whose)
        held = self._contract.call_each("heldBy", [(self._lot, each) for each in partners])
        return {each: int(many) for each, many in zip(partners, held, strict=True) if many}

    def _require_begun(self, found: Sequence[Event]) -> None:
        from salus.contracts.drugs.events import LotCommissioned

        if any(isinstance(each, LotCommissioned) for each in found):
            return
        lot = Lot(*self._contract.call("lotOf", self._lot))
        if lot.exists:
            reason = f"the commissioning of lot 0x{self._lot.hex()} is missing"
            raise HistoryUnavailable(identity=lot.maker, block=0, reason=reason)

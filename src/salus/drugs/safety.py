"""Stopping and recalling lots in one write, whatever their size; correcting reports.

Example:
    >>> from salus.drugs.safety import Safety
    >>> Safety.contract_name
    'DrugProvenance'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.drugs.base import DrugActs, lot_id
from salus.gs1 import Gtin, LotNumber, lot_digest
from salus.models import ZERO_BYTES32, Address

if TYPE_CHECKING:
    from salus.chain import Transaction


class Safety(DrugActs):
    """What makers, authorisation holders and regulators do for safety."""

    def quarantine(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        reason_digest: bytes = ZERO_BYTES32,
        actor: Address | None = None,
    ) -> Transaction:
        """Stop a lot for a while."""
        return self._stop("quarantineLot", gtin, lot, reason_digest, actor)

    def release(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        reason_digest: bytes = ZERO_BYTES32,
        actor: Address | None = None,
    ) -> Transaction:
        """Let a quarantined lot go again."""
        return self._stop("releaseLot", gtin, lot, reason_digest, actor)

    def recall(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        reason_digest: bytes = ZERO_BYTES32,
        actor: Address | None = None,
    ) -> Transaction:
        """Call a lot back for ever: it moves nowhere but back or to destruction."""
        return self._stop("recallLot", gtin, lot, reason_digest, actor)

    def correct(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        wrong_event: bytes,
        replacement: bytes,
        reason_digest: bytes = ZERO_BYTES32,
        actor: Address | None = None,
    ) -> Transaction:
        """Say that an event (CBV 2.0 hash, 32 bytes) was wrong, and which one replaces it."""
        return self._send(
            "correctEvent",
            self._actor(actor),
            lot_id(gtin, lot),
            wrong_event,
            replacement,
            reason_digest,
        )

    def _stop(
        self, function: str, gtin: Gtin, lot: LotNumber, reason: bytes, actor: Address | None
    ) -> Transaction:
        return self._send(
            function, self._actor(actor), int(gtin.value), lot_digest(gtin, lot), reason
        )

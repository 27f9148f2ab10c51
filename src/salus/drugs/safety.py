"""Stopping and recalling lots in one write, whatever their size; correcting reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.drugs.lot_ids import acting
from salus.gs1.fields import LotNumber, lot_digest
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import ZERO_BYTES32, AnyIdentity
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.drugs.lots import Lots


class Safety:
    """What makers, authorisation holders and regulators do for safety."""

    def __init__(self, registry: RegistryClient, lots: Lots) -> None:
        self._registry = registry
        self._lots = lots

    @typed_arguments
    def quarantine(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        packs: tuple[int, int] | None = None,
        reason_digest: bytes = ZERO_BYTES32,
        maker: AnyIdentity | None = None,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Stop a lot for a while.

        Args:
            gtin: The product.
            lot: The lot.
            packs: The first and the last index in the lot to stop; the whole lot by default.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.
            maker: Whose lot; looked up when not given.
            actor: The lot's maker, its product's holder, or a regulator; defaults
                to the account's identity.

        Returns:
            The transaction.

        Raises:
            LotIsQuarantined: This authority stopped it already.
            LotIsRecalled: It is recalled, which is more.
            LotUnknown: Nobody commissioned it.
            LotAmbiguous: Several makers have a lot of this number.
            NotProductAuthority: The actor is none of these.
            RangeInvalid: The lot has no such packs.
            NotController: The client's account does not control the actor.
        """
        return self._stop("quarantine", gtin, lot, maker, packs, reason_digest, actor)

    @typed_arguments
    def release(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        packs: tuple[int, int] | None = None,
        reason_digest: bytes = ZERO_BYTES32,
        maker: AnyIdentity | None = None,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Let a quarantined lot go again: one's own stop, and for holders their makers' too.

        A regulator that may amend the product releases what any regulator stopped.

        Args:
            gtin: The product.
            lot: The lot.
            packs: The first and the last index in the lot to release; the whole lot by default.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.
            maker: Whose lot; looked up when not given.
            actor: The lot's maker, its product's holder, or a regulator; defaults
                to the account's identity.

        Returns:
            The transaction.

        Raises:
            LotNotQuarantined: No stop that the actor may lift is on it.
            LotUnknown: Nobody commissioned it.
            LotAmbiguous: Several makers have a lot of this number.
            NotProductAuthority: The actor is none of these, or a regulator that may not amend the
                product.
            RangeInvalid: The lot has no such packs.
            NotController: The client's account does not control the actor.
        """
        return self._stop("release", gtin, lot, maker, packs, reason_digest, actor)

    @typed_arguments
    def recall(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        packs: tuple[int, int] | None = None,
        reason_digest: bytes = ZERO_BYTES32,
        maker: AnyIdentity | None = None,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Call a lot back permanently: it moves nowhere but back or to destruction.

        Args:
            gtin: The product.
            lot: The lot.
            packs: The first and the last index in the lot to call back; the whole lot by default.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.
            maker: Whose lot; looked up when not given.
            actor: The lot's maker, its product's holder, or a regulator; defaults
                to the account's identity.

        Returns:
            The transaction.

        Raises:
            LotIsRecalled: It is already.
            LotUnknown: Nobody commissioned it.
            LotAmbiguous: Several makers have a lot of this number.
            NotProductAuthority: The actor is none of these.
            RangeInvalid: The lot has no such packs.
            NotController: The client's account does not control the actor.
        """
        return self._stop("recall", gtin, lot, maker, packs, reason_digest, actor)

    @typed_arguments
    def correct(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        wrong_event: bytes,
        replacement: bytes,
        reason_digest: bytes = ZERO_BYTES32,
        maker: AnyIdentity | None = None,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Record that an event was wrong, and which one replaces it; nothing is deleted.

        Anybody may, of a known lot: readers believe who reported the wrong event.

        Args:
            gtin: The product.
            lot: The lot.
            wrong_event: CBV 2.0 hash of the wrong event, 32 bytes.
            replacement: CBV 2.0 hash of the right one, 32 bytes.
            reason_digest: Salted digest of the reason, 32 bytes; zeros for none.
            maker: Whose lot; looked up when not given.
            actor: Who says so; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            LotUnknown: Nobody commissioned it.
            LotAmbiguous: Several makers have a lot of this number.
            NotController: The client's account does not control the actor.
        """
        who = acting(self._registry, actor)
        return self._registry.send(
            "correctEvent",
            who,
            self._lots.id_of(gtin, lot, maker),
            wrong_event,
            replacement,
            reason_digest,
        )

    def _stop(
        self,
        act: str,
        gtin: Gtin,
        lot: LotNumber,
        maker: AnyIdentity | None,
        packs: tuple[int, int] | None,
        reason: bytes,
        actor: AnyIdentity | None,
    ) -> Transaction:
        whose, digest = self._lots.maker_of(gtin, lot, maker), lot_digest(gtin, lot)
        who = acting(self._registry, actor)
        named = (who, int(gtin.value), whose, digest)
        if packs is None:
            return self._registry.send(f"{act}Lot", *named, reason)
        return self._registry.send(f"{act}Packs", *named, packs, reason)

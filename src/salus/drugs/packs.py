"""Packs leave the supply chain once: dispensed, exported, destroyed or stolen.

Example:
    >>> import salus
    >>> from salus.gs1 import Gtin, LotNumber
    >>> drugs, maker = salus.connect("tester").drugs, "0x" + "11" * 20
    >>> drugs.packs.get(Gtin("09506000134352"), LotNumber("AB-12"), 0, maker=maker).reason.name
    'NONE'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.chain.sending.parts import parts_of
from salus.contracts.drugs.values import Flag, Pack, Reason
from salus.drugs.documents.pack_opening import PackOpening
from salus.drugs.documents.sources import PackSource, opening_of
from salus.drugs.errors import PackRefused
from salus.drugs.lot_ids import acting, lot_id
from salus.drugs.scanning import Verdict, pack_at
from salus.errors import InputError
from salus.gs1.fields import LotNumber, lot_digest
from salus.gs1.identification_keys import Gtin
from salus.gs1.scan import Scan, parse_scan
from salus.primitives.address import AnyIdentity
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.drugs.lots import Lots
    from salus.drugs.scanning import Scanner


def _lot_of(opening: PackOpening) -> bytes:
    return lot_id(opening.gtin, opening.lot, opening.maker)


def _gas_of(opening: PackOpening) -> int:
    """The most that one pack of a batch uses: each level of its proof is a hash and 32 bytes."""
    return 45_000 + 1_000 * len(opening.proof)


def _shown(opening: PackOpening) -> tuple[int, bytes, list[bytes]]:
    """The contract's `PackProof`."""
    return (opening.index, opening.commitment, list(opening.proof))


def _meant(
    pack: PackOpening | Scan | str, source: PackSource | None, scan: Scan | None
) -> tuple[PackOpening, Scan | None]:
    if isinstance(pack, PackOpening):
        return pack, scan
    if source is None:
        raise InputError(
            "a code alone does not open its pack: give the consignment that it came with too"
        )
    read = parse_scan(pack) if isinstance(pack, str) else pack
    return opening_of(source, read.pack()), read


_UNSEEN_BY_CONTRACT = {Verdict.UNKNOWN_LOT, Verdict.COUNTERFEIT, Verdict.UNPROVEN}
"""Verdicts on what is printed on a pack; what is wrong with its lot or serial the contract says."""


class Packs:
    """What custodians and authorisation holders do with single packs."""

    def __init__(self, registry: RegistryClient, lots: Lots, scanner: Scanner) -> None:
        self._registry = registry
        self._lots = lots
        self._scanner = scanner

    @typed_arguments
    def get(
        self, gtin: Gtin, lot: LotNumber, index: int, *, maker: AnyIdentity | None = None
    ) -> Pack:
        """Read what the chain knows of one pack.

        Args:
            gtin: The product.
            lot: The lot.
            index: The pack's position in the lot's tree, from zero.
            maker: Whose lot; looked up when not given.

        Returns:
            Who ended it, when (Unix seconds) and why, and its holder's flag; reason none while it
            is in the supply chain.

        Raises:
            LotAmbiguous: Several makers have a lot of this number.
        """
        return pack_at(self._registry.contract, self._lots.id_of(gtin, lot, maker), index)

    @typed_arguments
    def decommission(
        self, opening: PackOpening, reason: Reason, *, actor: AnyIdentity | None = None
    ) -> Transaction:
        """Take one pack out of the supply chain.

        Args:
            opening: The pack's opening, which came with the shipment.
            reason: Why.
            actor: Who holds it; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            PackDecommissionedAlready: It was before; the error says by whom, when and why.
            PackNotInLot: The opening is not of a pack of that lot: a counterfeit.
            PackIsFlagged: Its holder locked it or reported it stolen, and the reason is not final.
            LotIsRecalled: Its packs end for final reasons only, destroyed, say.
            LotIsQuarantined: The same, until it is released.
            LotExpired: The same, permanently.
            LotInsufficient: The actor holds no pack of the lot.
            NotDispenser: The reason is dispensing, and the actor no pharmacy or hospital.
            NotTradingPartner: The actor is not accredited to hold medicine.
            NotController: The client's account does not control the actor.
        """
        lot = _lot_of(opening)
        who = acting(self._registry, actor)
        return self._registry.send("decommissionPack", who, lot, _shown(opening), int(reason))

    @typed_arguments
    def dispense(
        self,
        pack: PackOpening | Scan | str,
        source: PackSource | None = None,
        *,
        scan: Scan | None = None,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Dispense one pack, as a pharmacy or hospital.

        Args:
            pack: What the scanner read from the pack, or the pack's opening.
            source: What opens the pack, where it is scanned: the consignment that it came with.
            scan: The code on the pack, where its opening is given. A code is judged first: the
                contract does not see what is printed there.
            actor: Who holds it; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            PackRefused: The scan is of a counterfeit or of an unknown lot; nothing was sent.
            IncompleteScan: The code names no lot or serial.
            NotInConsignment: The pack did not come with that consignment.
            InputError: A code is given without what opens the pack.
            ContractError: As for :meth:`decommission`.
        """
        opening, scan = _meant(pack, source, scan)
        judged = scan and self._scanner.scan(scan, opening)
        if judged and judged.verdict in _UNSEEN_BY_CONTRACT:
            raise PackRefused(verdict=str(judged.verdict), explanation=judged.explanation)
        return self.decommission(opening, Reason.DISPENSED, actor=actor)

    @typed_arguments
    def decommission_batch(
        self,
        openings: Sequence[PackOpening],
        reason: Reason,
        *,
        actor: AnyIdentity | None = None,
    ) -> tuple[Transaction, ...]:
        """Take many packs of one lot out of the supply chain; all of them or none.

        What no transaction can hold (some 190 packs of a lot of millions) goes in several, each of
        which is all or none; all are simulated before the first is sent.

        Args:
            openings: One for each pack.
            reason: Why, of all of them.
            actor: Who holds it; defaults to the account's identity.

        Returns:
            The transactions, in the order of the packs.

        Raises:
            InputError: There are none, or they are of several lots.
            ContractError: As for :meth:`decommission`.
            BatchIncomplete: One of several transactions failed: the packs of the others are out.
        """
        lots = {_lot_of(each) for each in openings}
        if len(lots) != 1:
            raise InputError(f"a batch takes packs of one lot, not of {len(lots)}")
        lot, who = lots.pop(), acting(self._registry, actor)
        parts = parts_of(openings, gas_of=_gas_of)
        shown = [[who, lot, list(map(_shown, part)), int(reason)] for part in parts]
        return tuple(self._registry.send_parts("decommissionPacks", shown))

    @typed_arguments
    def restore(self, opening: PackOpening, *, actor: AnyIdentity | None = None) -> Transaction:
        """Undo a reversible decommissioning, as who did it and within ten days.

        Args:
            opening: The pack's opening, which came with the shipment.
            actor: Who did it; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            PackNotDecommissioned: It is in the supply chain.
            PackUndoNotSameParty: Somebody else did it.
            PackReasonFinal: Its reason cannot be undone.
            PackUndoClosed: Ten days have passed.
            LotIsRecalled: Nothing of the lot comes back.
            LotExpired: The same.
            NotController: The client's account does not control the actor.
        """
        who = acting(self._registry, actor)
        return self._registry.send("restorePack", who, _lot_of(opening), opening.index)

    @typed_arguments
    def reinstate(self, opening: PackOpening, *, actor: AnyIdentity | None = None) -> Transaction:
        """Undo, as the authorisation holder, an end that is final: destroyed, stolen or lost.

        Who holds one pack could end another's by mistake. It is held again by who ended it.

        Args:
            opening: The pack's opening.
            actor: The holder; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            PackNotDecommissioned: It is in the supply chain.
            PackReasonInvalid: It was dispensed, exported, sampled or checked out.
            NotProductAuthority: The actor does not hold the product's authorisation.
            NotController: The client's account does not control the actor.
        """
        return self._registry.send(
            "reinstatePack",
            acting(self._registry, actor),
            int(opening.gtin.value),
            opening.maker,
            lot_digest(opening.gtin, opening.lot),
            opening.index,
        )

    @typed_arguments
    def flag(
        self, opening: PackOpening, flag: Flag, *, actor: AnyIdentity | None = None
    ) -> Transaction:
        """Lock a pack, unlock it, or mark it stolen permanently, as the authorisation holder.

        Args:
            opening: The pack's opening, which came with the shipment.
            flag: What it shall be.
            actor: The holder; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            NotProductAuthority: The actor does not hold the product's authorisation.
            PackFlagUnchanged: It is so already.
            PackIsFlagged: It was reported stolen, which is final.
            PackDecommissionedAlready: It was before; the error says by whom, when and why.
            PackNotInLot: The opening is not of a pack of that lot: a counterfeit.
            NotController: The client's account does not control the actor.
        """
        who = acting(self._registry, actor)
        return self._registry.send(
            "flagPack",
            who,
            int(opening.gtin.value),
            opening.maker,
            lot_digest(opening.gtin, opening.lot),
            _shown(opening),
            int(flag),
        )

"""Openings against the chain, before packs are shipped or received by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.drugs.errors import ForgedConsignment, InvalidOpening, ManifestNotOfLot
from salus.errors import InputError, VerificationError
from salus.gs1.fields import LotNumber
from salus.gs1.identification_keys import GS1_DOMAIN, Gln, Gtin

if TYPE_CHECKING:
    from salus.drugs.documents.consignment import Consignment
    from salus.drugs.documents.pack_opening import PackOpening
    from salus.drugs.documents.sources import PackSource
    from salus.drugs.lots import Lots

_PARTY = f"{GS1_DOMAIN}/{Gln.PARTY}/"
"""How an event of ours names a party; another software's ways are not compared."""


def require_receivable(lots: Lots, packs: PackSource, openings: Sequence[PackOpening]) -> None:
    """Refuse to ship what no consignee could receive: openings that the chain does not know.

    Raises:
        VerificationError: Nobody commissioned the lot.
        ManifestNotOfLot: It was commissioned with another manifest.
    """
    try:
        _require_of_lot(lots, packs.gtin, packs.lot, openings)
    except InvalidOpening as error:
        raise ManifestNotOfLot(lot=packs.lot.value, reason=error.reason) from error


def require_genuine(lots: Lots, came: Consignment) -> None:
    """Refuse to receive packs whose openings are not of the lot.

    Raises:
        VerificationError: Nobody commissioned the lot.
        ForgedConsignment: An opening leads to no pack of it.
    """
    try:
        _require_of_lot(lots, came.gtin, came.lot, tuple(came.openings.values()))
    except InvalidOpening as error:
        raise ForgedConsignment(
            lot=came.lot.value, serial=error.serial, reason=error.reason
        ) from error


def require_parties(came: Consignment, *, sent_from: Gln, at: Gln) -> None:
    """Refuse places that the shipping event contradicts: a receiving event stands permanently.

    Raises:
        InputError: It names another sender, or another consignee.
    """
    if came.event is None:
        return
    shipped = came.event.document
    for given, listed, each in ((sent_from, "source", "sender"), (at, "destination", "consignee")):
        named = [party[listed] for party in shipped.get(f"{listed}List", ())]
        parties = [uri for uri in named if uri.startswith(_PARTY)]
        if parties and given.party_uri not in parties:
            others = " or ".join(uri.removeprefix(_PARTY) for uri in parties)
            raise InputError(
                f"{given} is not the {each}'s place: the consignment's shipping event names"
                f" {others}. Nothing was received: give that number, or have the sender correct it"
            )


def _require_of_lot(
    lots: Lots, gtin: Gtin, lot: LotNumber, openings: Sequence[PackOpening]
) -> None:
    makers = {each.maker for each in openings}
    made = {maker: lots.get(gtin, lot, maker=maker) for maker in makers}
    for opening in openings:
        found = made[opening.maker]
        if found is None:
            raise VerificationError(
                f"{opening.maker} commissioned no lot {lot} of {gtin} on this chain: its packs"
                " can be neither shipped nor received, reject what came"
            )
        opening.verify(root=found.serial_root, quantity=found.quantity)

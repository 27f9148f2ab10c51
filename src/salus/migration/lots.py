"""Lots that are closed in one deployment and commissioned again in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.errors import HistoryUnavailable
from salus.contracts.drugs.events import LotCommissioned, PackDecommissioned, PackFlagged
from salus.contracts.drugs.values import Flag
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.lot_ids import lot_id
from salus.errors import InputError
from salus.primitives.address import lower_case
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.client import Salus


@typed_arguments
def remaining(old: Salus, manifest: LotManifest) -> LotManifest:
    """Find what is left of a lot: neither decommissioned nor marked stolen in the old deployment.

    Stop the lot there first: what is dispensed afterwards would be in both.

    Args:
        old: A client of the old deployment.
        manifest: The lot, as its maker commissioned it there.

    Returns:
        The same lot with the serials that are left, their salts unchanged, to be commissioned in
        the new deployment.

    Raises:
        InputError: Nothing is left.
        HistoryUnavailable: The node does not show what became of the lot since it was commissioned.
    """
    contract = old.chain.contract("DrugProvenance")
    lot = lot_id(manifest.gtin, manifest.lot, manifest.maker)
    if not contract.events(LotCommissioned, lot=lot):  # nor, then, what was dispensed soon after
        reason = f"the commissioning of lot {manifest.lot} of {manifest.gtin} is missing"
        raise HistoryUnavailable(identity=manifest.maker, block=0, reason=reason)
    touched = {event.index for event in contract.events(PackDecommissioned, lot=lot)}
    touched |= {event.index for event in contract.events(PackFlagged, lot=lot)}
    gone = {
        index
        for index in touched
        if (
            pack := old.drugs.packs.get(manifest.gtin, manifest.lot, index, maker=manifest.maker)
        ).reason
        or pack.flag is Flag.STOLEN
    }
    left = [serial for index, serial in enumerate(manifest.serials) if index not in gone]
    if not left:
        raise InputError(f"nothing is left of lot {manifest.lot} of {manifest.gtin}: close it")
    return LotManifest.build(
        manifest.gtin,
        manifest.lot,
        maker=manifest.maker,
        expiry=manifest.expiry,
        serials=left,
        secret=manifest.secret,
    )


@typed_arguments
def lot_uri_of(client: Salus, manifest: LotManifest) -> str:
    """Return the URI of a lot in its deployment, for the EPCIS event that brings it into another.

    Args:
        client: A client of the deployment.
        manifest: The lot.

    Returns:
        ``eip155:<chain id>:<contract>/<lot id>``, to be the event's ``pedigree`` document.
    """
    contract = lower_case(client.chain.contract("DrugProvenance").address)
    lot = lot_id(manifest.gtin, manifest.lot, manifest.maker).hex()
    return f"eip155:{client.chain.chain_id}:{contract}/0x{lot}"

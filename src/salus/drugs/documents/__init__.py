"""Salted commitments to the serial numbers of a lot, and the openings that travel with packs.

Serials are guessable, so each is committed under a salt that derives from a secret of its lot:
the chain holds one Merkle root, and says nothing of a pack until its opening is shown. An opening
proves one pack without the maker, so a pharmacy can act when the maker is offline.

Example:
    >>> from datetime import date
    >>> from salus.drugs.documents import LotManifest, PackOpening
    >>> from salus.gs1 import Gtin, LotNumber
    >>> lot = LotManifest.build(
    ...     Gtin("09506000134352"), LotNumber("AB-12"), maker="0x" + "11" * 20,
    ...     expiry=date(2027, 12, 31), serials=["C3", "A1", "B2"])
    >>> opening = PackOpening.from_json(lot.opening("B2").to_json())
    >>> opening.verify(root=lot.root, quantity=lot.quantity)
    >>> opening.index, opening.quantity
    (1, 3)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.drugs.documents.consignment import Consignment
    from salus.drugs.documents.lot_manifest import LotManifest
    from salus.drugs.documents.pack_opening import PackOpening
    from salus.drugs.documents.sources import read_packs

__all__ = [
    "Consignment",
    "LotManifest",
    "PackOpening",
    "read_packs",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "consignment": "Consignment",
        "lot_manifest": "LotManifest",
        "pack_opening": "PackOpening",
        "sources": "read_packs",
    },
)

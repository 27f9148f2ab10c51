"""Where a pack of medicine has been: products, lots, custody, packs, safety, scans.

Every act names the identity that acts (``actor=``), by default the account's.

Example:
    >>> import salus
    >>> from salus.gs1 import Gtin
    >>> me = salus.connect("tester")
    >>> me.drugs.products.get(Gtin("09506000134352")) is None
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.drugs.client import Drugs
    from salus.drugs.lot_ids import lot_id
    from salus.drugs.scanning import Verdict

__all__ = [
    "Drugs",
    "Verdict",
    "lot_id",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "client": "Drugs",
        "lot_ids": "lot_id",
        "scanning": "Verdict",
    },
)

"""Where a pack of medicine has been: products, lots, custody, packs, safety, scans.

Every act names the identity that acts (``actor=``), the account's own unless told.

Example:
    >>> from salus import Salus
    >>> from salus.gs1 import Gtin
    >>> salus = Salus.connect("tester")
    >>> salus.drugs.product(Gtin("09506000134352")) is None
    True
"""

from __future__ import annotations

from salus.drugs.base import lot_id
from salus.drugs.custody import Custody
from salus.drugs.packs import Packs
from salus.drugs.products import Products
from salus.drugs.safety import Safety
from salus.drugs.scanning import ScanResult, Verdict

__all__ = ["Drugs", "ScanResult", "Verdict", "lot_id"]


class Drugs(Products, Custody, Packs, Safety):
    """The client's side of `DrugProvenance`."""

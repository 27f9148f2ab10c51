"""The client's side of `DrugProvenance`, one part for each thing that it knows.

Example:
    >>> import salus
    >>> salus.connect("tester").drugs
    Drugs(0x...: products, lots, shipments, despatches, packs, safety)

    >>> from datetime import date
    >>> from salus.drugs.documents import LotManifest
    >>> from salus.gs1 import Gln, Gtin, LotNumber
    >>> from salus.testing import local_salus, people
    >>> team = people(local_salus().chain, ["regulator", "manufacturer", "pharmacist"])
    >>> maker, pharmacy, gtin = team.manufacturer, team.pharmacist, Gtin("09506000134352")
    >>> here, there = Gln("9520001000003"), Gln("9520003000001")
    >>> transaction = team.regulator.drugs.products.register(gtin, holder=maker, makers=[maker])
    >>> lot = LotManifest.build(gtin, LotNumber("AB-12"), maker=maker, expiry=date(2049, 12, 31),
    ...                         serials=["S1", "S2"], at=here)
    >>> transaction = maker.drugs.lots.commission(lot)
    >>> consignment = maker.drugs.shipments.ship(lot, ["S1"], to=pharmacy, at=here, towards=there)
    >>> arrived = pharmacy.drugs.shipments.receive(consignment, at=there, sent_from=here)
    >>> code = "(01)09506000134352(17)491231(10)AB-12(21)S1"
    >>> print(pharmacy.drugs.scan(code, consignment).verdict)
    genuine
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.registry_client import RegistryClient
from salus.drugs.despatches import Despatches
from salus.drugs.lots import Lots
from salus.drugs.packs import Packs
from salus.drugs.products import Products
from salus.drugs.safety import Safety
from salus.drugs.scanning import Scanner
from salus.drugs.shipments import Shipments
from salus.primitives.arguments import typed_arguments
from salus.primitives.verbs import verb

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account


class Drugs:
    """Medicine on its way, from the maker to who dispenses it.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write; None to read only.
    """

    scan = verb("_scanner", Scanner.scan)

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None) -> None:
        self._registry = registry = RegistryClient(chain, account, "DrugProvenance")
        self.products = Products(registry)
        self.lots = Lots(registry)
        self.shipments = Shipments(registry, self.lots)
        self.despatches = Despatches(registry, self.lots)
        self.safety = Safety(registry, self.lots)
        self._scanner = Scanner(registry, self.lots)
        self.packs = Packs(registry, self.lots, self._scanner)

    def __repr__(self) -> str:
        return f"Drugs({self._registry.who}: products, lots, shipments, despatches, packs, safety)"

"""Products and lots: who may make what, and what was made.

Example:
    >>> from salus.drugs.products import Products
    >>> Products.contract_name
    'DrugProvenance'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.contracts.drugs.values import Product
from salus.drugs.base import DrugActs
from salus.gs1.fields import expires_at, lot_digest
from salus.gs1.keys import Gtin
from salus.primitives.address import ZERO_ADDRESS, Address

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.drugs.documents.manifest import LotManifest


class Products(DrugActs):
    """What regulators and makers do."""

    def product(self, gtin: Gtin) -> Product | None:
        """Read who registered a GTIN and who holds its authorisation.

        Args:
            gtin: The product.

        Returns:
            The product, registered at Unix seconds; None when nobody registered it.
        """
        regulator, holder, registered_at = self._contract.call("productOf", int(gtin.value))
        if regulator == ZERO_ADDRESS:
            return None
        return Product(regulator, holder, registered_at)

    def is_maker(self, gtin: Gtin, maker: Address) -> bool:
        """Tell whether somebody may commission lots of a GTIN.

        Args:
            gtin: The product.
            maker: Who.

        Returns:
            True while the GTIN's regulator permits it; accreditation is looked at besides.
        """
        return bool(self._contract.call("isMaker", int(gtin.value), maker))

    def register_product(
        self,
        gtin: Gtin,
        *,
        holder: Address,
        makers: Sequence[Address],
        actor: Address | None = None,
    ) -> Transaction:
        """Bind a GTIN to its authorisation holder and permitted makers. Regulators only.

        Args:
            gtin: The product.
            holder: Who holds the marketing authorisation.
            makers: Who may commission lots.
            actor: The regulator; the account's own identity unless told.

        Returns:
            The transaction.

        Raises:
            NotRegulator: The actor is no accredited regulator.
            ProductExists: It is registered already.
            ProductZeroHolder: The holder is nobody.
            NotController: The client's account does not control the actor.
        """
        return self._send(
            "registerProduct", self._actor(actor), int(gtin.value), holder, list(makers)
        )

    def change_holder(
        self, gtin: Gtin, holder: Address, *, actor: Address | None = None
    ) -> Transaction:
        """Give a product's authorisation to another holder. Its regulator only.

        Args:
            gtin: The product.
            holder: Who holds it from now on.
            actor: The regulator; the account's own identity unless told.

        Returns:
            The transaction.

        Raises:
            ProductZeroHolder: The holder is nobody.
            ProductUnknown: Nobody registered it.
            NotRegulator: The actor is no accredited regulator.
            NotProductAuthority: Another regulator registered it, and is still one.
            NotController: The client's account does not control the actor.
        """
        return self._send("changeHolder", self._actor(actor), int(gtin.value), holder)

    def permit_maker(
        self, gtin: Gtin, maker: Address, *, permitted: bool = True, actor: Address | None = None
    ) -> Transaction:
        """Permit a maker to commission lots of a GTIN, or no longer. Its regulator only.

        Args:
            gtin: The product.
            maker: Who.
            permitted: False takes the permission away.
            actor: The regulator; the account's own identity unless told.

        Returns:
            The transaction.

        Raises:
            ProductUnknown: Nobody registered it.
            NotRegulator: The actor is no accredited regulator.
            NotProductAuthority: Another regulator registered it, and is still one.
            NotController: The client's account does not control the actor.
        """
        return self._send("permitMaker", self._actor(actor), int(gtin.value), maker, permitted)

    def commission(self, manifest: LotManifest, *, event_hash: bytes) -> Transaction:
        """Bring a lot of any size into being; keep the manifest, it opens the packs.

        Args:
            manifest: The lot, with its tree of salted serials.
            event_hash: CBV 2.0 hash of the EPCIS commissioning event, 32 bytes.

        Returns:
            The transaction.

        Raises:
            MakerNotPermitted: The GTIN's regulator does not permit this maker.
            MakerNotAccredited: The maker is no accredited manufacturer.
            LotExists: The maker commissioned it before.
            LotExpired: Its expiry has passed.
            NotController: The client's account does not control the maker.
        """
        return self._send(
            "commissionLot",
            manifest.maker,
            int(manifest.gtin.value),
            lot_digest(manifest.gtin, manifest.lot),
            expires_at(manifest.expiry),
            manifest.quantity,
            manifest.root,
            event_hash,
        )

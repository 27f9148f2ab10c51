"""Products: a GTIN with its regulator, its authorisation holder, and who may make it.

Example:
    >>> import salus
    >>> from salus.gs1 import Gtin
    >>> salus.connect("tester").drugs.products.get(Gtin("09506000134352")) is None
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.contracts.drugs.values import Product
from salus.drugs.lot_ids import acting
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import ZERO_ADDRESS, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient


class Products:
    """What regulators do."""

    def __init__(self, registry: RegistryClient) -> None:
        self._registry = registry

    @typed_arguments
    def get(self, gtin: Gtin) -> Product | None:
        """Read who registered a GTIN and who holds its authorisation.

        Args:
            gtin: The product.

        Returns:
            The product, registered at Unix seconds; None when nobody registered it.
        """
        regulator, holder, registered_at = self._registry.contract.call(
            "productOf", int(gtin.value)
        )
        if regulator == ZERO_ADDRESS:
            return None
        return Product(regulator, holder, registered_at)

    @typed_arguments
    def is_maker(self, gtin: Gtin, maker: AnyIdentity) -> bool:
        """Return whether somebody may commission lots of a GTIN.

        Args:
            gtin: The product.
            maker: Who.

        Returns:
            True while the GTIN's regulator permits it; accreditation is looked at besides.
        """
        return bool(self._registry.contract.call("isMaker", int(gtin.value), identity_of(maker)))

    @typed_arguments
    def register(
        self,
        gtin: Gtin,
        *,
        holder: AnyIdentity,
        makers: Sequence[AnyIdentity],
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Bind a GTIN to its authorisation holder and permitted makers. Regulators only.

        Args:
            gtin: The product.
            holder: Who holds the marketing authorisation.
            makers: Who may commission lots.
            actor: The regulator; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            NotRegulator: The actor is not an accredited regulator.
            ProductExists: It is registered already.
            ProductZeroHolder: The holder is nobody.
            NotController: The client's account does not control the actor.
        """
        who = acting(self._registry, actor)
        return self._registry.send(
            "registerProduct",
            who,
            int(gtin.value),
            identity_of(holder),
            [identity_of(each) for each in makers],
        )

    @typed_arguments
    def change_holder(
        self,
        gtin: Gtin,
        holder: AnyIdentity,
        *,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Hand a product's authorisation to another holder. Its regulator only.

        Args:
            gtin: The product.
            holder: Who holds it from now on.
            actor: The regulator; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            ProductZeroHolder: The holder is nobody.
            ProductUnknown: Nobody registered it.
            NotRegulator: The actor is not an accredited regulator.
            NotProductAuthority: Another regulator registered it, and is still one.
            NotController: The client's account does not control the actor.
        """
        who = acting(self._registry, actor)
        return self._registry.send("changeHolder", who, int(gtin.value), identity_of(holder))

    @typed_arguments
    def permit(
        self,
        gtin: Gtin,
        maker: AnyIdentity,
        *,
        permitted: bool = True,
        actor: AnyIdentity | None = None,
    ) -> Transaction:
        """Permit a maker to commission lots of a GTIN, or no longer. Its regulator only.

        Args:
            gtin: The product.
            maker: Who.
            permitted: False takes the permission away.
            actor: The regulator; defaults to the account's identity.

        Returns:
            The transaction.

        Raises:
            ProductUnknown: Nobody registered it.
            NotRegulator: The actor is not an accredited regulator.
            NotProductAuthority: Another regulator registered it, and is still one.
            NotController: The client's account does not control the actor.
        """
        who = acting(self._registry, actor)
        return self._registry.send(
            "permitMaker", who, int(gtin.value), identity_of(maker), permitted
        )

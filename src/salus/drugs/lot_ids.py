"""The contract's name of a lot: a product, a maker, and the maker's lot number.

Example:
    >>> from salus.gs1 import Gtin, LotNumber
    >>> len(lot_id(Gtin("09506000134352"), LotNumber("AB-12"), "0x" + "11" * 20))
    32
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.gs1.fields import LotNumber, lot_digest
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from salus.chain.registry_client import RegistryClient


@typed_arguments
def lot_id(gtin: Gtin, lot: LotNumber, maker: AnyIdentity) -> bytes:
    """Return the contract's name of a lot.

    Args:
        gtin: The product.
        lot: The maker's lot number.
        maker: Who commissions it.

    Returns:
        32 bytes: keccak256(abi.encode(gtin, maker, lot digest)).
    """
    from eth_utils.crypto import keccak

    product, who = (
        int(gtin.value).to_bytes(32, "big"),
        octets_of(identity_of(maker)).rjust(32, b"\0"),
    )
    return keccak(product + who + lot_digest(gtin, lot))


def acting(registry: RegistryClient, actor: AnyIdentity | None) -> Address:
    """Who acts: the account's identity, when nobody is named."""
    return registry.identity if actor is None else identity_of(actor)

"""The Safes that a participant owns, with others.

Example:
    >>> import salus
    >>> salus.connect("tester").safes
    Safes(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.safes.safe import Safe

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account


class Safes:
    """Opens Safes.

    Args:
        chain: A connection with its deployment.
        account: Who signs as an owner, and pays; None to read only.
    """

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None) -> None:
        self._chain, self._account = chain, account

    def __repr__(self) -> str:
        return f"Safes({'nobody' if self._account is None else self._account.address})"

    @typed_arguments
    def open(self, address: Address) -> Safe:
        """Open a Safe.

        Args:
            address: Where it stands.

        Returns:
            The Safe.

        Raises:
            NotASafe: There is none, or none of a version that is known.
        """
        return Safe(self._chain, address, self._account)

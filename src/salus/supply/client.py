"""What a participant does with medicine beyond single acts on chain.

Example:
    >>> import salus
    >>> salus.connect("tester").supply
    Supply(0x...: lots)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.registry_client import acting_for
from salus.primitives.arguments import typed_arguments
from salus.supply.commissioning import Commissioning

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.drugs import Drugs


class Supply:
    """Business acts that are made of several acts, and may be killed between two of them.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write; None to read only.
        drugs: The acts on chain.
    """

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None, drugs: Drugs) -> None:
        self._account = account
        self.lots = Commissioning(chain, account, drugs.lots)

    def __repr__(self) -> str:
        return f"Supply({acting_for(self._account)}: lots)"

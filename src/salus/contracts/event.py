"""What every event shares: where in the chain it stands.

Example:
    >>> from salus.contracts.consents import ConsentRevoked
    >>> event = ConsentRevoked(patient="0x" + "11" * 20, consent_id=bytes(32), block_number=7)
    >>> event.block_number
    7
"""

from __future__ import annotations

from dataclasses import dataclass, field

from salus.primitives.values import typed


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Event:
    """One log of a contract. Two events are equal when their own fields are, wherever they stand.

    Attributes:
        contract_address: Which contract emitted it.
        block_number: The block it was mined in.
        transaction_hash: 0x-prefixed hash of the transaction.
        log_index: Its position among the logs of that block.
    """

    contract_address: str = field(default="", compare=False, repr=False)
    block_number: int = field(default=0, compare=False, repr=False)
    transaction_hash: str = field(default="", compare=False, repr=False)
    log_index: int = field(default=0, compare=False, repr=False)

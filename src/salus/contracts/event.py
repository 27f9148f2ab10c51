"""What every event shares: where in the chain it stands.

Example:
    >>> from salus.contracts.consents.events import ConsentRevoked
    >>> event = ConsentRevoked(patient="0x" + "11" * 20, consent_id=bytes(32), block_number=7)
    >>> event.block_number
    7
    >>> str(event.place)
    '7-0'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from salus.errors import InputError
from salus.primitives.values import typed

_PLACE = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
@typed
class EventPlace:
    """Where an event stands in the chain: what is greater came later.

    Attributes:
        block: Its block's number.
        log: Its place among the events of that block.
    """

    block: int
    log: int

    @classmethod
    def parse(cls, text: str) -> EventPlace:
        """Read what ``str`` wrote."""
        match = _PLACE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InputError(f"{text!r} is not a place in the chain: write block-log, as in 70-0")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.block}-{self.log}"


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

    @property
    def place(self) -> EventPlace:
        """Where it stands."""
        return EventPlace(self.block_number, self.log_index)

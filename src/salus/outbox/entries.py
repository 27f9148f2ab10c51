"""What the outbox knows of one act.

Example:
    >>> State.SENT.is_open, State.DONE.is_open
    (True, False)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from salus.primitives.values import typed


class State(StrEnum):
    """How far an act is."""

    SENT = "sent"
    MINED = "mined"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something else."""
        return self in OPEN


OPEN = frozenset({State.SENT, State.MINED})


@dataclass(frozen=True, slots=True)
@typed
class OutboxEntry:
    """One act, bound to one nonce of one account.

    Attributes:
        id: Its number in this outbox.
        name: What the application calls it, and its place among those of that name; empty for none.
        account: Who signed and pays.
        nonce: The one nonce that all its transactions carry.
        to: The contract that is called.
        data: Selector and encoded arguments.
        value: Wei sent along.
        gas: Gas limit.
        state: How far it is.
        begun: When it was bound, in Unix seconds.
        changed: When that state was noted, in Unix seconds.
        error: What the last call ended with, or None.
        transactions: Hashes of all that was signed for it, oldest first.
        block_number: The block that it is in, or None.
        live: Whether a call has it under way right now.
    """

    id: int
    name: str
    account: str
    nonce: int
    to: str
    data: bytes = field(repr=False)
    value: int
    gas: int
    state: State
    begun: float
    changed: float
    error: str | None
    transactions: tuple[str, ...]
    block_number: int | None
    live: bool

"""What the outbox knows of one act.

Example:
    >>> State.SENT.is_open, State.DONE.is_open
    (True, False)
"""

from __future__ import annotations

from collections.abc import Mapping
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
        return self in (State.SENT, State.MINED)


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


@dataclass(frozen=True, slots=True)
@typed
class OutboxCheck:
    """What was found when the whole file was read.

    Attributes:
        damage: Why the file cannot be used, or is damaged; None where it is sound.
        forged: Entries, by number, that are not what was signed for them, and in what.
        entries: What can be read and is sound; all of it is lost where the file is put aside.
    """

    damage: str | None
    forged: Mapping[int, str] = field(default_factory=dict)
    entries: tuple[OutboxEntry, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every row is what was signed."""
        return self.damage is None and not self.forged

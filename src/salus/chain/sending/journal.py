"""What a sender writes down before anything leaves, so that a later process knows what may have.

Example:
    >>> isinstance(Unwritten(), Journal)
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction, TransactionRequest
from salus.chain.sending.watcher import Mined
from salus.errors import SalusError


@runtime_checkable
class Journal(Protocol):
    """Written to before an act may leave, and again when it is known what became of it."""

    confirmations: int
    """Blocks on top of its own after which an act is closed."""

    def named(self, request: TransactionRequest) -> TransactionRequest:
        """Name an act as the application does, where it says that it is to happen once."""

    def find(self, requests: Sequence[TransactionRequest], sender: str) -> dict[int, LeftOpen]:
        """Take over what ended calls left open of the same acts, by their places in the list."""

    def turns(self, sender: str) -> int:
        """Count how often nonces of an account were bound, by any process."""

    def bound(self, sender: str) -> frozenset[int]:
        """Return the nonces that open acts of an account are bound to."""

    def orphans(self, sender: str, *, since: int) -> list[SignedTransaction]:
        """List what ended calls of an account signed for nonces from here on, lowest first."""

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        """Write acts down durably; False, and nothing, where others bound nonces meanwhile."""

    def attempts(self, one: SignedTransaction) -> tuple[Attempt, ...]:
        """List all that was signed for the same act."""

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        """Write down durably that another transaction with the same nonce is about to leave."""

    def note_mined(self, mined: Sequence[Mined]) -> None:
        """Note what is in a block; it is closed where no confirmations are asked for."""

    def fail(self, one: SignedTransaction, *, refusal: SalusError | None) -> None:
        """Close an act that the node refuses and does not have, or whose nonce another one used."""

    def let_go(self, signed: Sequence[SignedTransaction], error: BaseException | None) -> None:
        """Note that a call is over, and what it ended with: others may take up what is open."""

    def unsettled(self) -> list[Mined]:
        """List what was seen in a block and is not closed."""

    def settle(self, one: Mined, *, stands: bool) -> None:
        """Close what is deep enough; or note that its block is no longer part of the chain."""


class Unwritten:
    """No journal: a process that is killed leaves nothing, as do its calls."""

    confirmations = 0

    def named(self, request: TransactionRequest) -> TransactionRequest:
        return request

    def find(self, requests: Sequence[TransactionRequest], sender: str) -> dict[int, LeftOpen]:
        return {}

    def turns(self, sender: str) -> int:
        return 0

    def bound(self, sender: str) -> frozenset[int]:
        return frozenset()

    def orphans(self, sender: str, *, since: int) -> list[SignedTransaction]:
        return []

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        return True

    def attempts(self, one: SignedTransaction) -> tuple[Attempt, ...]:
        return ()

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        """Nothing is written down."""

    def note_mined(self, mined: Sequence[Mined]) -> None:
        """Nothing is written down."""

    def fail(self, one: SignedTransaction, *, refusal: SalusError | None) -> None:
        """Nothing is written down."""

    def let_go(self, signed: Sequence[SignedTransaction], error: BaseException | None) -> None:
        """Nothing is written down."""

    def unsettled(self) -> list[Mined]:
        return []

    def settle(self, one: Mined, *, stands: bool) -> None:
        """Nothing is written down."""

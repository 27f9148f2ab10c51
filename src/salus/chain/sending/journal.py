"""What a sender writes down before anything leaves, so that a later process knows what may have.

Example:
    >>> isinstance(Unwritten(), Journal)
    True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction, TransactionRequest
from salus.chain.sending.errors import NodeFull, TransactionUnknown
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

    def bound(self, sender: str) -> dict[int, SignedTransaction | None]:
        """Return the nonces of an account's open acts; with what to hand in, if its call ended."""

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        """Write acts down durably; False, and nothing, where others bound nonces meanwhile.

        Raises:
            ActTaken: Another call bound an act of that name meanwhile.
        """

    def require_held(self, signed: Sequence[SignedTransaction]) -> None:
        """Refuse to let acts leave that another machine may have under way by now.

        Raises:
            ActTaken: It may, and the act has a name.
            SalusError: It may, or that cannot be found out.
        """

    def attempts(self, transaction: str) -> tuple[Attempt, ...]:
        """List all that was signed for the act of a transaction."""

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        """Write down durably that another transaction with the same nonce is about to leave."""

    def note_mined(self, mined: Sequence[Mined]) -> None:
        """Note what is in a block; it is closed where no confirmations are asked for."""

    def fail(self, one: SignedTransaction, *, refusal: SalusError | None) -> bool:
        """Note that the node refuses one and does not have it, or that another used its nonce.

        Its act is closed, and True is the answer, unless another transaction of it may be under
        way.
        """

    def let_go(self, signed: Sequence[SignedTransaction], error: BaseException | None) -> None:
        """Note that a call is over, and what it ended with: others may take up what is open."""

    def note_told(self, one: Mined) -> None:
        """Note that somebody was told an act's end: an equal act is another one after that."""

    def supersede(self, transaction: str) -> None:
        """Note that an act reverted and its call made it anew: nobody needs to look at it."""

    def unsettled(self, sender: str = "") -> list[tuple[str, ...]]:
        """List what was seen in a block and is not closed: all transactions of each act.

        What is not as it was signed is passed by, unless it is of this account.
        """

    def close_mined(self, one: Mined) -> None:
        """Close an act one of whose transactions is deep enough."""

    def open_again(self, transaction: str) -> None:
        """Note that the chain took back what was mined."""

    def close(self) -> None:
        """Let go of files; what is open stays so."""


def give_up(journal: Journal, one: SignedTransaction, problem: SalusError | None) -> bool:
    """Close what a node refuses and does not have; anything else it may have, now or later."""
    if problem is None or isinstance(problem, NodeFull | TransactionUnknown):
        return False
    return journal.fail(one, refusal=problem)


class Unwritten:
    """No journal: a process that is killed leaves nothing, as do its calls."""

    confirmations = 0

    def named(self, request: TransactionRequest) -> TransactionRequest:
        return request

    def find(self, requests: Sequence[TransactionRequest], sender: str) -> dict[int, LeftOpen]:
        return {}

    def turns(self, sender: str) -> int:
        return 0

    def bound(self, sender: str) -> dict[int, SignedTransaction | None]:
        return {}

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        return True

    def require_held(self, signed: Sequence[SignedTransaction]) -> None:
        """Nobody else has them."""

    def attempts(self, transaction: str) -> tuple[Attempt, ...]:
        return ()

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        """Nothing is written down."""

    def note_mined(self, mined: Sequence[Mined]) -> None:
        """Nothing is written down."""

    def fail(self, one: SignedTransaction, *, refusal: SalusError | None) -> bool:
        return True

    def let_go(self, signed: Sequence[SignedTransaction], error: BaseException | None) -> None:
        """Nothing is written down."""

    def note_told(self, one: Mined) -> None:
        """Nothing is written down."""

    def supersede(self, transaction: str) -> None:
        """Nothing is written down."""

    def unsettled(self, sender: str = "") -> list[tuple[str, ...]]:
        return []

    def close_mined(self, one: Mined) -> None:
        """Nothing is written down."""

    def open_again(self, transaction: str) -> None:
        """Nothing is written down."""

    def close(self) -> None:
        """Nothing is open."""

"""Where an outbox lies: a file of one machine, or a database that several machines write to.

Statements are the same for both, with ``?`` for values; what differs is asked of the rows.

Example:
    >>> from salus.outbox.file import OutboxFile
    >>> isinstance(OutboxFile("memory:"), OutboxPlace)
    True
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


class OutboxRows(Protocol):
    """The rows of an outbox, within one transaction.

    Attributes:
        locked: What a query ends with that others are to wait for, or that passes their rows by.
        sole: A further condition of rows whose signed bytes only this process has.
    """

    locked: str
    skip_locked: str
    sole: str

    def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask, or change and return what the statement returns."""

    def change_all(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement with the values of each row."""

    def share(self, numbers: Iterable[int]) -> list[int]:
        """Note that what was signed for open acts is known here, and to who may live on.

        Returns:
            Those that are open.
        """

    def damage(self) -> str | None:
        """Look at the whole of it; what is damaged, if anything."""


class LiveHolders(Protocol):
    """Which processes live that have acts under way."""

    token: str

    def hold(self) -> None:
        """Show others that this process lives, from now on."""

    def lives(self, token: str) -> bool:
        """Whether a process is seen to live."""

    def is_silent(self, token: str) -> bool:
        """Whether it is not seen, and may live all the same; that is over after a while."""

    def end(self, token: str) -> bool:
        """End a process's hold on its acts for good, unless it lives; whether that was done."""

    def require_held(self, transactions: Iterable[str]) -> None:
        """Refuse to let transactions leave that another process has taken over, or may have.

        Raises:
            LeaseLost: It has.
        """

    def others_live(self) -> bool:
        """Whether any other process lives that has acts under way."""

    def close(self) -> None:
        """Let go."""


@runtime_checkable
class OutboxPlace(Protocol):
    """One outbox's database, shared by threads, by processes, or by machines.

    Attributes:
        url: What is shown of where it is.
        file: Its file, where it is one.
        patience: Seconds for which it is asked again whether something was written.
    """

    url: str
    file: Path | None
    patience: float

    @property
    def stands_in(self) -> bool:
        """Whether memory has the place of a file that the disk has no room for."""

    def holders(self) -> LiveHolders:
        """Make what tells the others that this process lives."""

    def reading(self) -> AbstractContextManager[OutboxRows]:
        """Read, as all is at one moment."""

    def writing(self, *, durably: bool = False) -> AbstractContextManager[OutboxRows]:
        """Change everything that is changed meanwhile, or nothing."""

    def look_for_room(self) -> None:
        """Go back to the disk where it has room again."""

    def close(self) -> None:
        """Close it for good."""

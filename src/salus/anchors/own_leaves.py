"""One's own leaves as the key database knows them: it outlives a log store that is lost.

Example:
    >>> OwnLeaves(None, chain_id=1).knows(("0x" + "11" * 20, "records", 1), b"l" * 32)
    False
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, TypeAlias

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import StorageFull
from salus_verify.log import Checkpoint

if TYPE_CHECKING:
    from salus.vault.database.key_database import KeyDatabase

Log: TypeAlias = tuple[Address, str, int]
"""Issuer, label and number of a stream."""


class OwnLeaves:
    """The key database's knowledge of the logs of one chain; none without a key database."""

    def __init__(self, database: KeyDatabase | None, *, chain_id: int) -> None:
        self._database, self._chain_id = database, chain_id

    def __bool__(self) -> bool:
        return self._database is not None

    def alone(self) -> AbstractContextManager[None]:
        """Keep other threads from the key database: they take it before the logs, never after."""
        return nullcontext() if self._database is None else self._database.alone()

    def expect(self, log: Log, leaves: Iterable[bytes]) -> None:
        """Keep leaves that are about to be stored."""
        if self._database is not None:
            self._database.leaves.expect(self._name(log), leaves)

    def keep(self, log: Log, leaves: Sequence[bytes], *, since: int) -> None:
        """Keep a log's leaves in order: nothing is anchored that the key database does not know."""
        if self._database is not None:
            self._database.leaves.keep(self._name(log), leaves, since=since)

    def knows(self, log: Log, leaf: bytes) -> bool:
        """Return whether a leaf was given to a log from here, whatever its number."""
        return self._database is not None and self._database.leaves.knows(self._name(log), leaf)

    def leaves(self, log: Log) -> list[bytes]:
        """List the leaves of a log, in order."""
        return [] if self._database is None else self._database.leaves.all(self._name(log))

    def logs(self) -> list[tuple[str, str, int]]:
        """List the logs whose leaves are known: issuer, label and number of each."""
        return [] if self._database is None else self._database.leaves.logs(self._chain_id)

    @typed_arguments
    def numbers(self, issuer: Address, label: str) -> list[int]:
        """List the numbers of a stream whose leaves are known."""
        return [n for who, at, n in self.logs() if (who, at) == (issuer, label)]

    def seen(self, log: Log) -> tuple[bytes, int] | None:
        """Return the id and size of the newest checkpoint that was on chain."""
        return (
            None if self._database is None else self._database.sightings.anchored(self._name(log))
        )

    def see(self, log: Log, last: Checkpoint) -> None:
        """Remember a checkpoint that the log store remembers, too."""
        if self._database is not None:
            # The log store has it: a disk that is full now must not make an act that is done fail.
            with suppress(StorageFull):
                self._database.sightings.see_anchored(self._name(log), last.id, last.size)

    def forget(self, log: Log) -> None:
        """Forget what was on chain of a log."""
        if self._database is not None:
            self._database.sightings.forget_anchored(self._name(log))

    def newest_block(self) -> int:
        """Return the latest block that was seen; 0 where none was."""
        return 0 if self._database is None else self._database.sightings.block(self._chain_id)

    def see_block(self, number: int) -> None:
        """Remember a block that was seen."""
        if self._database is not None:
            with suppress(StorageFull):
                self._database.sightings.see_block(self._chain_id, number)

    def forget_block(self) -> None:
        """Forget which block was seen."""
        if self._database is not None:
            self._database.sightings.forget_block(self._chain_id)

    def _name(self, log: Log) -> tuple[int, str, str, int]:
        return (self._chain_id, *log)

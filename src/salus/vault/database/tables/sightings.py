"""What was seen on chain: an older copy of a log, or a node that is behind, shows by it.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.sightings.see_block(31337, 7)
    >>> stream = (31337, "0x" + "12" * 20, "records", 1)
    >>> store.sightings.block(31337), store.sightings.anchored(stream)
    (7, None)
"""

from __future__ import annotations

from salus.vault.database.tables.leaves import LogName
from salus.vault.database.tables.notes import Notes


class Sightings:
    """The newest checkpoints and blocks that were seen."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def see_anchored(self, log: LogName, checkpoint: bytes, size: int) -> None:
        """Note the newest checkpoint of a log, by its id of 32 bytes and its number of leaves."""
        if self.anchored(log) != (checkpoint, size):
            self._notes.set(_newest(log), checkpoint + size.to_bytes(8, "big"))

    def anchored(self, log: LogName) -> tuple[bytes, int] | None:
        """The newest checkpoint of a log that was seen: its id and size."""
        value = self._notes.get(_newest(log))
        return (value[:32], int.from_bytes(value[32:], "big")) if value else None

    def forget_anchored(self, log: LogName) -> None:
        """Forget what was seen of a log, where the chain took it back."""
        self._notes.drop(_newest(log))

    def see_block(self, chain: int, number: int) -> None:
        """Note that a block was seen; one before the highest says nothing."""
        with self._notes.transaction():
            if number > self.block(chain):
                self._notes.set(_highest(chain), number.to_bytes(8, "big"))

    def block(self, chain: int) -> int:
        """The number of the highest block that was seen; 0 where none was."""
        return int.from_bytes(self._notes.get(_highest(chain)) or b"", "big")

    def forget_block(self, chain: int) -> None:
        """Forget which block was seen, where the chain took blocks back."""
        self._notes.drop(_highest(chain))


def _highest(chain: int) -> str:
    return f"block {chain}"


def _newest(log: LogName) -> str:
    chain, issuer, label, number = log
    return f"anchored {chain} {issuer} {number} {label}"

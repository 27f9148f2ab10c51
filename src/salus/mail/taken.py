"""Which letters of the inbox were taken in: their sender's key, or the reader's, may end later.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-taken")
    >>> "aaaa" in TakenLetters(clinic.vault)
    False
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salus.vault.vault import Vault

MOST = 1 << 16
"""Letters that are remembered while they lie in the inbox; beyond, some are refused anew."""

_NOTE = "ids"


class TakenLetters:
    """The letters that lie in an inbox and were taken in, noted in the key database."""

    def __init__(self, vault: Vault) -> None:
        self._notes = vault.notebook("letters taken")
        self._known = frozenset(self._notes.get(_NOTE) or ())
        self._new: set[str] = set()

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._known

    def add(self, message_id: str) -> None:
        """Remember a letter with the next :meth:`save`."""
        self._new.add(message_id)

    def save(self, *, present: Collection[str] | None = None) -> None:
        """Note what is new, and forget what lies there no more.

        Raises:
            StorageError: The key database cannot be written.
        """
        there = None if present is None else frozenset(present)
        if self._new <= self._known and (there is None or self._known <= there):
            return
        with self._notes.transaction():
            known = {*(self._notes.get(_NOTE) or ()), *self._new}
            self._notes.put(_NOTE, sorted(known if there is None else known & there)[:MOST])

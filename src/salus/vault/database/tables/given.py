"""Who was given what: one row for each key and reader, and who once had it.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import GivenRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.given.add(GivenRow(b"id", "0x01", "0xcd", b"its key id"))
    >>> store.given.end("0x01"), store.given.all(), store.given.grantees(b"its key id")
    (1, [], {'0xcd'})
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, replace

from salus.vault.database.guarded import GuardedRows
from salus.vault.database.rows import GivenRow


class Given:
    """The table of keys that were given."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def add(self, row: GivenRow) -> None:
        """Remember a key that is given to somebody, or was."""
        self._rows.put("given", astuple(row), otherwise="ABORT")

    def all(self, *, consent: str | None = None, target: bytes | None = None) -> list[GivenRow]:
        """List what is given, under a consent or of a key, without what has ended."""
        return [row for row in self._found(consent=consent, target=target) if row.consent]

    def grantees(self, target: bytes) -> set[str]:
        """Who was ever given a key: what was revoked may have been read before."""
        return {row.grantee for row in self._found(target=target)}

    def end(self, consent: str) -> int:
        """End what is given under a consent, and remember to whom it was; count the keys."""
        with self._rows.transaction():
            ended = self.all(consent=consent)
            for row in ended:
                self._rows.put("given", astuple(replace(row, consent="")))
        return len(ended)

    def drop(self, targets: Iterable[bytes]) -> int:
        """Forget who was given keys; count what had not ended."""
        dropped = 0
        with self._rows.transaction():
            for target in set(targets):
                for row in self._found(target=target):
                    self._rows.drop("given", share_id=row.share_id)
                    dropped += bool(row.consent)
        return dropped

    def _found(self, *, consent: str | None = None, target: bytes | None = None) -> list[GivenRow]:
        rows = self._rows.all("given", consent=consent, target=target)
        return [GivenRow(*row) for row in rows]

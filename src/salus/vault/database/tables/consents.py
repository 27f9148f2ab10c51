"""Which consents are known: one row for each, so that to keep one costs the same beside many.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import HeardRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.consents.put(HeardRow(b"two", b"id", b"", 1, b"sealed"))
    >>> [row.document for row in store.consents.all(parties=b"two")]
    [b'sealed']
    >>> store.consents.count(parties=b"two"), store.consents.last(b"two")
    (1, 1)
"""

from __future__ import annotations

from dataclasses import astuple

from salus.vault.database.guarded import GuardedRows
from salus.vault.database.rows import HeardRow


class KnownConsents:
    """The table of consents."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def put(self, row: HeardRow) -> None:
        """Keep a consent, in the place of what was kept of it."""
        self._rows.put("heard", astuple(row))

    def all(
        self,
        *,
        parties: bytes | None = None,
        consent: bytes | None = None,
        sender: bytes | None = None,
    ) -> list[HeardRow]:
        """List consents, oldest first: between two, of an id, from a sender, as tags find them."""
        wanted = {"parties": parties, "consent": consent, "sender": sender}
        return [HeardRow(*row) for row in self._rows.all("heard", "ORDER BY number", **wanted)]

    def count(self, **wanted: bytes) -> int:
        """Count consents, by ``parties`` or ``sender``."""
        ((column, value),) = wanted.items()
        sql = f"SELECT count(*) FROM heard WHERE {column} = ?"  # noqa: S608 - a name of ours
        ((count,),) = self._rows.read(sql, value)
        return int(count)

    def last(self, parties: bytes) -> int:
        """The number of the newest consent between two; 0 where there is none."""
        rows = self._rows.all("heard", "ORDER BY number DESC LIMIT 1", parties=parties)
        return HeardRow(*rows[0]).number if rows else 0

    def drop(self, row: HeardRow) -> None:
        """Forget a consent."""
        self._rows.drop("heard", parties=row.parties, consent=row.consent)

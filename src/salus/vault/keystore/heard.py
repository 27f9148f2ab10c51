"""Which consents are known: one row for each, so that to keep one costs the same beside many.

Example:
    >>> from salus.vault.keystore import HeardRow, KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.put_heard(HeardRow(b"two", b"id", b"", 1, b"sealed"))
    >>> [row.document for row in store.heard(parties=b"two")], store.count_heard(parties=b"two")
    ([b'sealed'], 1)
"""

from __future__ import annotations

from dataclasses import astuple

from salus.vault.keystore.notes import Notes
from salus.vault.keystore.rows import HeardRow


class KnownConsents(Notes):
    """The consents of a key store; used through `KeyStore`."""

    def put_heard(self, row: HeardRow) -> None:
        """Keep a consent, in the place of what was kept of it.

        Args:
            row: The consent.
        """
        self._put("heard", astuple(row))

    def heard(
        self,
        *,
        parties: bytes | None = None,
        consent: bytes | None = None,
        sender: bytes | None = None,
    ) -> list[HeardRow]:
        """List consents.

        Args:
            parties: Only those between the two that it finds.
            consent: Only the one that it finds.
            sender: Only those that came from whom it finds.

        Returns:
            The consents, oldest first.
        """
        wanted = {"parties": parties, "consent": consent, "sender": sender}
        return [HeardRow(*row) for row in self._all("heard", "ORDER BY number", **wanted)]

    def count_heard(self, **wanted: bytes) -> int:
        """Count consents.

        Args:
            wanted: ``parties`` or ``sender``, as for :meth:`heard`.

        Returns:
            How many there are.
        """
        ((column, value),) = wanted.items()
        ((count,),) = self._read(f"SELECT count(*) FROM heard WHERE {column} = ?", value)  # noqa: S608
        return int(count)

    def last_heard(self, parties: bytes) -> int:
        """The number of the newest consent between two; 0 where there is none.

        Args:
            parties: What finds the two.
        """
        rows = self._all("heard", "ORDER BY number DESC LIMIT 1", parties=parties)
        return HeardRow(*rows[0]).number if rows else 0

    def drop_heard(self, row: HeardRow) -> None:
        """Forget a consent.

        Args:
            row: Which.
        """
        self._drop("heard", parties=row.parties, consent=row.consent)

"""What became of erased records: a report for each, so that none comes back.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.erasures.set("0x" + "12" * 20, bytes(16), b"report")
    >>> store.erasures.find("0x" + "12" * 20, bytes(16)), store.erasures.all("0x" + "12" * 20)
    (b'report', [b'report'])
"""

from __future__ import annotations

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.database.guarded import GuardedRows


class Erasures:
    """The table of erasures."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    @typed_arguments
    def set(
        self, issuer: Address, record: bytes, report: bytes, *, brought_by: bytes = b""
    ) -> None:
        """Remember that a record was erased, and what became of its parts.

        Args:
            brought_by: Who signed its issuer's notice; empty for one's own.
        """
        self._rows.put("erasures", (issuer, record, report, brought_by))

    @typed_arguments
    def find(self, issuer: Address, record: bytes) -> bytes | None:
        """Find what became of an erased record; None where it was not erased."""
        row = self._rows.one("erasures", issuer=issuer, record=record)
        return None if row is None else bytes(row[2])

    @typed_arguments
    def brought_by(self, issuer: Address, record: bytes) -> bytes:
        """Find who signed the notice of a record that its issuer erased; empty where nobody did."""
        row = self._rows.one("erasures", issuer=issuer, record=record)
        return b"" if row is None else bytes(row[3])

    @typed_arguments
    def drop(self, issuer: Address, record: bytes) -> None:
        """Let a record in again that was not erased."""
        self._rows.drop("erasures", issuer=issuer, record=record)

    @typed_arguments
    def all(self, issuer: Address, *, sound_only: bool = False) -> list[bytes]:
        """List what became of erased records, by record."""
        read = self._rows.ours if sound_only else self._rows.all
        return [bytes(row[2]) for row in read("erasures", issuer=issuer)]

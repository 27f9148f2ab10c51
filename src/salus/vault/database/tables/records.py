"""The keys of record versions, one row for each, so that one record can be shredded alone.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import RecordRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> row = RecordRow(issuer="0x" + "12" * 20, record=bytes(16), version=1, key_id=b"w" * 16,
    ...                 sealed_under=b"k" * 16, secret=b"64 bytes", facts=b"")
    >>> store.records.put(row)
    >>> store.records.find("0x" + "12" * 20, bytes(16), 1) == row
    True
    >>> store.records.in_use("0x" + "12" * 20, b"k" * 16)
    True
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.database.guarded import GuardedRows
from salus.vault.database.rows import RecordRow


class RecordKeys:
    """The table of record keys."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def put(self, row: RecordRow) -> None:
        """Keep the key of a record version, replacing what was known of it."""
        self._rows.put("records", astuple(row))

    @typed_arguments
    def find(self, issuer: Address, record: bytes, version: int) -> RecordRow | None:
        """Find the key of a record version."""
        row = self._rows.one("records", issuer=issuer, record=record, version=version)
        return None if row is None else RecordRow(*row)

    @typed_arguments
    def all(
        self,
        issuer: Address,
        *,
        record: bytes | None = None,
        sealed_under: bytes | None = None,
        key_id: bytes | None = None,
        content: bytes | None = None,
    ) -> list[RecordRow]:
        """List the keys of an issuer's record versions, by record and version."""
        wanted: dict[str, Any] = {"record": record, "sealed_under": sealed_under}
        wanted |= {"key_id": key_id, "content": content}
        return [RecordRow(*row) for row in self._rows.all("records", issuer=issuer, **wanted)]

    @typed_arguments
    def in_use(self, issuer: Address, sealed_under: bytes) -> bool:
        """Whether a compartment key protects the key of a record version."""
        return self._rows.one("records", issuer=issuer, sealed_under=sealed_under) is not None

    @typed_arguments
    def drop(self, issuer: Address, record: bytes, version: int | None = None) -> None:
        """Destroy the key and salt of a version of a record; None for all of them."""
        one = {} if version is None else {"version": version}
        self._rows.drop("records", issuer=issuer, record=record, **one)

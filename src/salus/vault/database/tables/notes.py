"""Values that belong to a key database as a whole, by their names.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.notes.set("motto", b"forget me")
    >>> store.notes.get("motto"), store.notes.get("crest")
    (b'forget me', None)
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from salus.vault.database.encoding import raw
from salus.vault.database.guarded import GuardedRows

_LAST = "\U0010ffff"
"""After every name that begins alike."""


class Notes:
    """The table of named values."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def get(self, name: str) -> bytes | None:
        """Read a value; None where there is none."""
        row = self._rows.one("meta", name=name)
        return None if row is None else bytes(row[1])

    def named(self, prefix: str) -> list[tuple[str, bytes]]:
        """List names that begin alike, with their values, by name."""
        rows = self._rows.between("meta", "name", first=prefix, last=prefix + _LAST)
        return [(str(row[0]), bytes(row[1])) for row in rows]

    def version(self) -> bytes:
        """What any change of any row of the key database changes."""
        return raw(self._rows.read("SELECT running FROM store")[0][0])

    def set(self, name: str, value: bytes) -> None:
        """Keep a value in the place of an earlier one."""
        self._rows.put("meta", (name, value))

    def drop(self, name: str) -> None:
        """Forget a value."""
        self._rows.drop("meta", name=name)

    def transaction(self) -> AbstractContextManager[None]:
        """Read and write with nobody in between."""
        return self._rows.transaction()

"""The keys of compartments, one's own and received ones.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import CompartmentRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> row = CompartmentRow("0x" + "12" * 20, b"k" * 16, b"tag", 1, True, b"32 bytes", b"{}")
    >>> store.compartments.add(row)
    >>> store.compartments.retire("0x" + "12" * 20, b"k" * 16)
    >>> [each.current for each in store.compartments.all("0x" + "12" * 20, tag=b"tag")]
    [0]
"""

from __future__ import annotations

from dataclasses import astuple, replace

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.database.guarded import GuardedRows
from salus.vault.database.rows import CompartmentRow


class CompartmentKeys:
    """The table of compartment keys."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def add(self, row: CompartmentRow) -> None:
        """Keep a key; one that is known stays as it is. Of a tag only one may be current."""
        self._rows.put("compartments", astuple(row), otherwise="IGNORE")

    @typed_arguments
    def find(self, origin: Address, key_id: bytes) -> CompartmentRow | None:
        """Find a key by who made it and its id of 16 bytes."""
        row = self._rows.one("compartments", origin=origin, key_id=key_id)
        return None if row is None else CompartmentRow(*row)

    @typed_arguments
    def all(
        self, origin: Address, *, tag: bytes | None = None, holder: bytes | None = None
    ) -> list[CompartmentRow]:
        """List keys, current and retired, by id."""
        rows = self._rows.all("compartments", origin=origin, tag=tag, holder=holder)
        return [CompartmentRow(*row) for row in rows]

    @typed_arguments
    def retire(self, origin: Address, key_id: bytes) -> None:
        """Put no further records under a key."""
        with self._rows.transaction():
            row = self.find(origin, key_id)
            if row is not None:
                self._rows.put("compartments", astuple(replace(row, current=False)))

    @typed_arguments
    def drop(self, origin: Address, key_id: bytes) -> None:
        """Forget a key."""
        self._rows.drop("compartments", origin=origin, key_id=key_id)

"""How a row lies in the file: what it is found by in columns, and the rest under one seal.

Example:
    >>> shown, hidden = LAYOUTS["given"].parted((b"id", "0x01", "0xcd", b"key", False))
    >>> shown, hidden
    ((b'id', '0x01', b'key'), ('0xcd', False))
    >>> LAYOUTS["given"].joined(shown, hidden)
    (b'id', '0x01', '0xcd', b'key', False)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from salus.primitives.values import typed
from salus.vault.database.rows import (
    TABLES,
    CompartmentRow,
    GivenRow,
    HeardRow,
    ManifestRow,
    ReceivedRow,
    RecordRow,
)

_NONCE, _TAG = 12, 16
_VALUES = {
    "compartments": CompartmentRow,
    "records": RecordRow,
    "manifests": ManifestRow,
    "given": GivenRow,
    "received": ReceivedRow,
    "heard": HeardRow,
}


@dataclass(frozen=True, slots=True)
@typed
class Layout:
    """Where each value of a row lies."""

    shown: tuple[int, ...]
    hidden: tuple[int, ...]
    order: tuple[int, ...]

    @classmethod
    def of(cls, table: str) -> Layout:
        """The layout of a table, whose rows have the values in the order of their class."""
        columns = TABLES[table].found_by + TABLES[table].hidden
        kind = _VALUES.get(table)
        values = columns if kind is None else tuple(each.name for each in fields(kind))
        places = tuple(values.index(column) for column in columns)
        cut = len(TABLES[table].found_by)
        order = tuple(columns.index(value) for value in values)
        return cls(places[:cut], places[cut:], order)

    def parted(self, row: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Part a row into what is shown and what is hidden."""
        return tuple(row[at] for at in self.shown), tuple(row[at] for at in self.hidden)

    def joined(self, shown: Sequence[Any], hidden: Sequence[Any]) -> tuple[Any, ...]:
        """Put a row together."""
        both = (*shown, *hidden)
        return tuple(both[at] for at in self.order)


LAYOUTS = {table: Layout.of(table) for table in TABLES}
"""By table."""


def mark(stored: tuple[Any, ...]) -> bytes:
    """What tells a sealed row from every other: the nonce and the tag of its seal."""
    sealed: bytes = stored[-1]
    return sealed[:_NONCE] + sealed[-_TAG:]

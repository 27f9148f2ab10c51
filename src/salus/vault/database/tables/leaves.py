"""What was given to logs: every leaf, kept beside the keys when it is stored, and its place.

A chain holds only the hash of a log. Whoever loses the leaves can never write to it again: they lie
here a second time, so that the file of the logs can be made anew.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.leaves.keep((31337, "0x" + "12" * 20, "records", 1), [b"a" * 32, b"b" * 32], since=0)
    >>> len(store.leaves.all((31337, "0x" + "12" * 20, "records", 1))), store.leaves.logs(31337)
    (2, [('0x1212121212121212121212121212121212121212', 'records', 1)])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from salus.vault.database.guarded import GuardedRows

LogName: TypeAlias = tuple[int, str, str, int]
"""Chain id, issuer, label and number of a stream."""
_COLUMNS = ("chain", "issuer", "label", "number")


class Leaves:
    """The table of leaves."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def expect(self, log: LogName, leaves: Iterable[bytes]) -> None:
        """Keep leaves that are about to be stored, those that are not kept yet."""
        where = _named(log)
        with self._rows.transaction():
            position = self._next(log)
            for leaf in leaves:
                if not self.knows(log, leaf):
                    self._rows.put("leaves", (*where.values(), position, leaf))
                    position += 1

    def knows(self, log: LogName, leaf: bytes) -> bool:
        """Whether this client stored a leaf in a log of that label, whatever its number."""
        chain, issuer, label, _ = log
        wanted: dict[str, Any] = {"chain": chain, "issuer": issuer, "label": label}
        return bool(self._rows.all("leaves", **wanted, leaf=leaf))

    def keep(self, log: LogName, leaves: Sequence[bytes], *, since: int) -> None:
        """Keep a log's leaves in their order; what is expected besides comes after them."""
        where = _named(log)
        with self._rows.transaction():
            first = min(self._next(log), since)
            kept = self.all(log, since=first)
            ordered = list(leaves[first:])
            given = frozenset(ordered)
            ordered += [leaf for leaf in kept if leaf not in given]
            for at, leaf in enumerate(ordered):
                if at >= len(kept) or kept[at] != leaf:
                    self._rows.put("leaves", (*where.values(), first + at, leaf))
            for at in range(len(ordered), len(kept)):
                self._rows.drop("leaves", **where, position=first + at)

    def all(self, log: LogName, *, since: int = 0) -> list[bytes]:
        """List the leaves of a log in order, without the first ``since``."""
        then = f"AND position >= {since} ORDER BY position"
        return [bytes(row[-1]) for row in self._rows.all("leaves", then, **_named(log))]

    def logs(self, chain: int) -> list[tuple[str, str, int]]:
        """List issuer, label and number of the logs of a chain whose leaves are kept."""
        sql = "SELECT DISTINCT issuer, label, number FROM leaves WHERE chain = ?"
        return sorted((str(i), str(label), int(n)) for i, label, n in self._rows.read(sql, chain))

    def _next(self, log: LogName) -> int:
        conditions = " AND ".join(f"{column} = ?" for column in _COLUMNS)
        sql = f"SELECT coalesce(max(position) + 1, 0) FROM leaves WHERE {conditions}"  # noqa: S608
        ((found,),) = self._rows.read(sql, *_named(log).values())
        return int(found)


def _named(log: LogName) -> dict[str, int | str]:
    chain, issuer, label, number = log
    return dict(zip(_COLUMNS, (chain, issuer, label, number), strict=True))

"""What was given to logs: every leaf and its place, kept beside the keys before it is anchored.

A chain holds only the hash of a log. Whoever loses the leaves can never write to it again: they lie
here a second time, so that the file of the logs can be made anew.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.log_leaves((31337, "0xab", "records", 1), [b"a" * 32, b"b" * 32], since=0)
    >>> len(store.logged((31337, "0xab", "records", 1))), store.logs(31337)
    (2, [('0xab', 'records', 1)])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from salus.vault.keystore.sealed import SealedRows

LogName: TypeAlias = tuple[int, str, str, int]
"""Chain id, issuer, label and number of a stream."""
_COLUMNS = ("chain", "issuer", "label", "number")


class Leaves(SealedRows):
    """The leaves of a key store; used through :class:`salus.vault.keystore.KeyStore`."""

    def log_leaves(self, log: LogName, leaves: Sequence[bytes], *, since: int) -> None:
        """Keep a log's leaves, in the place of what was kept after those that are anchored.

        Args:
            log: Which log.
            leaves: All of them, 32 bytes each, in order.
            since: How many of them are anchored: these are added where they are missing.
        """
        where = _named(log)
        with self.transaction():
            kept = self._logged(log)
            first = min(kept, since)
            for position in range(len(leaves), kept):
                self._drop("leaves", **where, position=position)
            for position in range(first, len(leaves)):
                self._put("leaves", (*where.values(), position, leaves[position]))

    def logged(self, log: LogName) -> list[bytes]:
        """List the leaves of a log.

        Args:
            log: Which log.

        Returns:
            32 bytes each, in order.
        """
        rows = self._all("leaves", "ORDER BY position", **_named(log))
        return [bytes(row[-1]) for row in rows]

    def logs(self, chain: int) -> list[tuple[str, str, int]]:
        """List the logs of a chain whose leaves are kept.

        Args:
            chain: Its id.

        Returns:
            Issuer, label and number of each.
        """
        sql = "SELECT DISTINCT issuer, label, number FROM leaves WHERE chain = ?"
        return sorted((str(i), str(label), int(n)) for i, label, n in self._db.all(sql, chain))

    def _logged(self, log: LogName) -> int:
        conditions = " AND ".join(f"{column} = ?" for column in _COLUMNS)
        sql = f"SELECT coalesce(max(position) + 1, 0) FROM leaves WHERE {conditions}"  # noqa: S608
        found = self._db.one(sql, *_named(log).values())
        return 0 if found is None else int(found[0])


def _named(log: LogName) -> dict[str, int | str]:
    chain, issuer, label, number = log
    return dict(zip(_COLUMNS, (chain, issuer.lower(), label, number), strict=True))

"""What was given to logs: every leaf, kept beside the keys when it is stored, and its place.

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

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from salus.vault.keystore.sealed import SealedRows

LogName: TypeAlias = tuple[int, str, str, int]
"""Chain id, issuer, label and number of a stream."""
_COLUMNS = ("chain", "issuer", "label", "number")


class Leaves(SealedRows):
    """The leaves of a key store; used through `KeyStore`."""

    def expect_leaves(self, log: LogName, leaves: Iterable[bytes]) -> None:
        """Keep leaves that are about to be stored, those that are not kept yet.

        Args:
            log: Which log.
            leaves: 32 bytes each.
        """
        where = _named(log)
        with self.transaction():
            position = self._logged(log)
            for leaf in leaves:
                if not self.knows_leaf(log, leaf):
                    self._put("leaves", (*where.values(), position, leaf))
                    position += 1

    def knows_leaf(self, log: LogName, leaf: bytes) -> bool:
        """Tell whether a leaf was given to a log, whatever its number.

        Args:
            log: Which log.
            leaf: 32 bytes.

        Returns:
            True where this client stored it: nobody else can have put it here.
        """
        chain, issuer, label, _ = log
        found = self._all("leaves", chain=chain, issuer=issuer.lower(), label=label, leaf=leaf)
        return bool(found)

    def log_leaves(self, log: LogName, leaves: Sequence[bytes], *, since: int) -> None:
        """Keep a log's leaves in their order; what is expected besides comes after them.

        Args:
            log: Which log.
            leaves: All of them, 32 bytes each, in order.
            since: How many of them are anchored: these are added where they are missing.
        """
        where = _named(log)
        with self.transaction():
            first = min(self._logged(log), since)
            kept = self.logged(log, since=first)
            ordered = list(leaves[first:])
            given = frozenset(ordered)
            ordered += [leaf for leaf in kept if leaf not in given]
            for at, leaf in enumerate(ordered):
                if at >= len(kept) or kept[at] != leaf:
                    self._put("leaves", (*where.values(), first + at, leaf))
            for at in range(len(ordered), len(kept)):
                self._drop("leaves", **where, position=first + at)

    def logged(self, log: LogName, *, since: int = 0) -> list[bytes]:
        """List the leaves of a log.

        Args:
            log: Which log.
            since: How many, from the first, to leave out.

        Returns:
            32 bytes each, in order.
        """
        then = f"AND position >= {since} ORDER BY position"
        rows = self._all("leaves", then, **_named(log))
        return [bytes(row[-1]) for row in rows]

    def logs(self, chain: int) -> list[tuple[str, str, int]]:
        """List the logs of a chain whose leaves are kept.

        Args:
            chain: Its id.

        Returns:
            Issuer, label and number of each.
        """
        sql = "SELECT DISTINCT issuer, label, number FROM leaves WHERE chain = ?"
        return sorted((str(i), str(label), int(n)) for i, label, n in self._read(sql, chain))

    def see_anchored(self, log: LogName, checkpoint: bytes, size: int) -> None:
        """Note the newest checkpoint of a log that was seen on chain.

        Args:
            log: Which log.
            checkpoint: Its id, 32 bytes.
            size: How many leaves it has.
        """
        value = checkpoint + size.to_bytes(8, "big")
        if self.seen_anchored(log) != (checkpoint, size):
            self._put("meta", (_seen(log), value))

    def seen_anchored(self, log: LogName) -> tuple[bytes, int] | None:
        """Read the newest checkpoint of a log that was seen on chain.

        Args:
            log: Which log.

        Returns:
            Its id and size, or None.
        """
        row = self._one("meta", name=_seen(log))
        return row and (bytes(row[1][:32]), int.from_bytes(row[1][32:], "big"))

    def forget_anchored(self, log: LogName) -> None:
        """Forget what was seen on chain of a log, where the chain took it back.

        Args:
            log: Which log.
        """
        self._drop("meta", name=_seen(log))

    def see_block(self, chain: int, number: int) -> None:
        """Note that a block was seen.

        Args:
            chain: The chain's id.
            number: The block's; an earlier one than was seen before says nothing.
        """
        with self.transaction():
            if number > self.seen_block(chain):
                self._put("meta", (_highest(chain), number.to_bytes(8, "big")))

    def seen_block(self, chain: int) -> int:
        """Read the number of the highest block that was seen.

        Args:
            chain: The chain's id.

        Returns:
            The number; 0 where none was.
        """
        row = self._one("meta", name=_highest(chain))
        return int.from_bytes(row[1], "big") if row else 0

    def forget_block(self, chain: int) -> None:
        """Forget which block was seen, where the chain took blocks back.

        Args:
            chain: The chain's id.
        """
        self._drop("meta", name=_highest(chain))

    def _logged(self, log: LogName) -> int:
        conditions = " AND ".join(f"{column} = ?" for column in _COLUMNS)
        sql = f"SELECT coalesce(max(position) + 1, 0) FROM leaves WHERE {conditions}"  # noqa: S608
        ((found,),) = self._read(sql, *_named(log).values())
        return int(found)


def _named(log: LogName) -> dict[str, int | str]:
    chain, issuer, label, number = log
    return dict(zip(_COLUMNS, (chain, issuer.lower(), label, number), strict=True))


def _highest(chain: int) -> str:
    return f"block {chain}"


def _seen(log: LogName) -> str:
    """What the newest checkpoint that was seen of a log is kept as."""
    chain, issuer, label, number = log
    return f"anchored {chain} {issuer.lower()} {number} {label}"

"""Leaves and checkpoints of an issuer's streams in SQLite, written before anything is anchored.

A leaf is stored first, anchored later: a crash leaves leaves that the next checkpoint takes along,
and never a checkpoint whose leaves are gone.

Example:
    >>> store = LogStore.open("memory:")
    >>> store.append("0x" + "12" * 20, b"s" * 32, [b"a" * 32, b"b" * 32])
    2
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from salus.anchors.file import LogFile
from salus.primitives.address import checked_address
from salus_verify.log import Checkpoint, stream_id

if TYPE_CHECKING:
    import sqlite3

    from salus.anchors.streams import AnchoredCheckpoint

_LABEL = "WHERE chain = ? AND issuer = ? AND label = ?"
_WHERE = "WHERE chain = ? AND issuer = ? AND stream = ?"


class LogStore:
    """An issuer's streams on one chain; safe to share between threads and between processes."""

    def __init__(self, file: LogFile, chain_id: int) -> None:
        self._file, self._chain_id, self.url = file, chain_id, file.url
        self._db = file.connection

    @classmethod
    def open(cls, url: str, *, chain_id: int = 0) -> LogStore:
        """Open a store, making it where it is missing.

        Args:
            url: ``memory:``, or ``sqlite:///file``: an absolute path, for its owner only.
            chain_id: The chain whose streams are meant: the same file serves several.

        Returns:
            The store.

        Raises:
            InputError: The URL is of another kind.
            StorageError: The file cannot be opened, or is not a log store.
        """
        return cls(LogFile.open(url), chain_id)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._file.close()

    def append(self, issuer: str, stream: bytes, leaves: Iterable[bytes]) -> int:
        """Store leaves at the end of a stream: all of them, or none.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            leaves: 32-byte values, before leaf hashing.

        Returns:
            The stream's new size.

        Raises:
            StorageFull: There is no room; none was stored.
            StorageError: They cannot be stored; none was.
        """
        with self._file.writing():
            return self._append(self._key(issuer, stream), leaves)

    def append_to(self, issuer: str, label: str, leaves: Iterable[bytes], *, number: int) -> bool:
        """Store leaves at the end of a number of a stream, all of them or none, while it is in use.

        Args:
            issuer: Whose stream.
            label: The stream's label.
            leaves: 32-byte values, before leaf hashing.
            number: As :meth:`numbers` had it last.

        Returns:
            False where another number is in use by now: nothing was stored.

        Raises:
            StorageError: As for :meth:`append`.
        """
        stream = stream_id(label, number)
        with self._file.writing() as db:
            if _numbers(db, self._label(issuer, label))[-1] != number:
                return False
            self._note(issuer, label, number)
            self._append(self._key(issuer, stream), leaves)
        return True

    def rewrite(
        self,
        issuer: str,
        label: str,
        how: Callable[[Callable[[int], list[bytes]]], Mapping[int, list[bytes]]],
        *,
        passed_by: Collection[int] = (),
    ) -> None:
        """Put leaves in the place of those of a stream's numbers, while nobody else writes.

        Args:
            issuer: Whose stream.
            label: The stream's label.
            how: Given what reads a number's leaves, gives those of each number that is to be
                begun: all others are not, and what they hold is forgotten.
            passed_by: Numbers that keep their leaves and are not begun all the same.
        """

        def read(number: int) -> list[bytes]:
            return self._leaves(self._key(issuer, stream_id(label, number)))

        with self._file.writing() as db:
            where = self._label(issuer, label)
            begun = _numbers(db, where)
            leaves = how(read)
            db.execute(f"DELETE FROM numbers {_LABEL}", where)  # noqa: S608
            for number in sorted({*begun, *leaves}):
                self._set(self._key(issuer, stream_id(label, number)), leaves.get(number, []))
            for number in leaves.keys() - set(passed_by):
                self._note(issuer, label, number)

    def size(self, issuer: str, stream: bytes) -> int:
        """Count a stream's leaves, anchored or not.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.

        Returns:
            How many there are.
        """
        with self._file.reading():
            return self._size(self._key(issuer, stream))

    def leaves(self, issuer: str, stream: bytes, *, size: int | None = None) -> list[bytes]:
        """List the leaves of a stream.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            size: Only the first so many; None for all.

        Returns:
            Leaves of 32 bytes, in order.
        """
        with self._file.reading():
            return self._leaves(self._key(issuer, stream), size)

    def position(self, issuer: str, stream: bytes, leaf: bytes) -> int | None:
        """Find where a leaf stands first.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            leaf: 32 bytes.

        Returns:
            Its position, counted from zero; None when it is not there.
        """
        sql = f"SELECT min(position) FROM leaves {_WHERE} AND leaf = ?"  # noqa: S608
        with self._file.reading() as db:
            (found,) = db.execute(sql, (*self._key(issuer, stream), leaf)).fetchone()
        return None if found is None else int(found)

    def find(self, issuer: str, label: str, leaf: bytes) -> tuple[int, int] | None:
        """Find a leaf in a stream, where it stands first.

        Args:
            issuer: Whose stream.
            label: Its label.
            leaf: 32 bytes.

        Returns:
            The stream's number, and the position in it; None where no log here has it.
        """
        for number in self.numbers(issuer, label):
            if (found := self.position(issuer, stream_id(label, number), leaf)) is not None:
                return number, found
        return None

    def add_checkpoint(
        self, issuer: str, stream: bytes, checkpoint: Checkpoint, *, block: int
    ) -> None:
        """Remember a checkpoint that is on chain.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            checkpoint: The checkpoint.
            block: The block that it was mined in.
        """
        row = (checkpoint.size, checkpoint.parent, checkpoint.root, block)
        with self._file.writing() as db:
            sql = "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)"
            db.execute(sql, (*self._key(issuer, stream), *row))

    def remember(
        self, issuer: str, stream: bytes, history: Sequence[AnchoredCheckpoint], *, of: int
    ) -> None:
        """Remember a stream's checkpoints, in the place of what was remembered; its leaves stay.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            history: What is on chain and explained by these leaves, oldest first.
            of: How many leaves the chain shows: what others remembered beyond them stays.
        """
        key = self._key(issuer, stream)
        rows = [(each.checkpoint, each.block_number) for each in history]
        with self._file.writing() as db:
            db.execute(f"DELETE FROM checkpoints {_WHERE} AND size <= ?", (*key, of))  # noqa: S608
            db.executemany(
                "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((*key, at.size, at.parent, at.root, block) for at, block in rows),
            )

    def forget(self, issuer: str, stream: bytes) -> None:
        """Forget a stream's checkpoints; its leaves stay.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
        """
        with self._file.writing() as db:
            db.execute(f"DELETE FROM checkpoints {_WHERE}", self._key(issuer, stream))  # noqa: S608

    def checkpoints(self, issuer: str, stream: bytes) -> list[tuple[Checkpoint, int]]:
        """List the remembered checkpoints.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.

        Returns:
            Each with its block, oldest first.
        """
        sql = f"SELECT parent, root, size, block FROM checkpoints {_WHERE} ORDER BY size"  # noqa: S608
        with self._file.reading() as db:
            rows = db.execute(sql, self._key(issuer, stream)).fetchall()
        return [(Checkpoint(bytes(p), bytes(r), s), b) for p, r, s, b in rows]

    def numbers(self, issuer: str, label: str) -> list[int]:
        """List the numbers of a stream that were begun here.

        Args:
            issuer: Whose stream.
            label: The stream's label.

        Returns:
            Numbers in order, 1 first; the last is the one in use.
        """
        with self._file.reading() as db:
            return _numbers(db, self._label(issuer, label))

    def labels(self, issuer: str) -> list[str]:
        """List the streams that were written to here.

        Args:
            issuer: Whose streams.

        Returns:
            Labels in order.
        """
        sql = "SELECT DISTINCT label FROM numbers WHERE chain = ? AND issuer = ? ORDER BY label"
        with self._file.reading() as db:
            return [
                str(row[0]) for row in db.execute(sql, (self._chain_id, checked_address(issuer)))
            ]

    def begun(self, issuer: str) -> bool:
        """Return whether this very file was in step with the issuer's logs on chain.

        Args:
            issuer: Whose logs.

        Returns:
            False for a file that is new, or was put in place of another, until
            :meth:`mark_compared` is told.
        """
        key = (self._chain_id, checked_address(issuer))
        sql = "SELECT 1 FROM compared WHERE chain = ? AND issuer = ?"
        with self._file.reading() as db:
            return db.execute(sql, key).fetchone() is not None

    def mark_compared(self, issuer: str) -> None:
        """Note that this file is in step with the issuer's logs on chain.

        Args:
            issuer: Whose logs.
        """
        with self._file.writing() as db:
            row = (self._chain_id, checked_address(issuer))
            db.execute("INSERT OR IGNORE INTO compared VALUES (?, ?)", row)

    def _key(self, issuer: str, stream: bytes) -> tuple[int, str, bytes]:
        return (self._chain_id, checked_address(issuer), stream)

    def _append(self, key: tuple[int, str, bytes], leaves: Iterable[bytes]) -> int:
        start = self._size(key)
        self._db.executemany(
            "INSERT INTO leaves VALUES (?, ?, ?, ?, ?)",
            ((*key, start + offset, leaf) for offset, leaf in enumerate(leaves)),
        )
        return self._size(key)

    def _label(self, issuer: str, label: str) -> tuple[int, str, str]:
        return (self._chain_id, checked_address(issuer), label)

    def _leaves(self, key: tuple[int, str, bytes], size: int | None = None) -> list[bytes]:
        sql = f"SELECT leaf FROM leaves {_WHERE} AND position < ? ORDER BY position"  # noqa: S608
        end = 2**62 if size is None else size
        return [bytes(row[0]) for row in self._db.execute(sql, (*key, end))]

    def _set(self, key: tuple[int, str, bytes], leaves: Sequence[bytes]) -> None:
        """Put leaves in the place of what differs, and forget checkpoints of more of them."""
        pairs = zip(self._leaves(key), leaves, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self._db.execute(f"DELETE FROM leaves {_WHERE} AND position >= ?", (*key, same))  # noqa: S608
        self._append(key, leaves[same:])
        beyond = f"DELETE FROM checkpoints {_WHERE} AND size > ?"  # noqa: S608
        self._db.execute(beyond, (*key, len(leaves)))

    def _note(self, issuer: str, label: str, number: int) -> None:
        row = (self._chain_id, checked_address(issuer), label, number)
        self._db.execute("INSERT OR IGNORE INTO numbers VALUES (?, ?, ?, ?)", row)

    def _size(self, key: tuple[int, str, bytes]) -> int:
        sql = f"SELECT coalesce(max(position) + 1, 0) FROM leaves {_WHERE}"  # noqa: S608
        return int(self._db.execute(sql, key).fetchone()[0])

    def __repr__(self) -> str:
        return f"LogStore({self.url!r}, chain {self._chain_id})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a log store is one open file: open it anew where it is needed")


def _numbers(db: sqlite3.Connection, where: tuple[int, str, str]) -> list[int]:
    found = db.execute(f"SELECT number FROM numbers {_LABEL}", where)  # noqa: S608
    return sorted({1, *(int(row[0]) for row in found)})

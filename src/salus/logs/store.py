"""Leaves and checkpoints of an issuer's streams in SQLite, written before anything is anchored.

A leaf is stored first, anchored later: a crash leaves leaves that the next checkpoint takes along,
and never a checkpoint whose leaves are gone.

Example:
    >>> store = LogStore.open("memory:")
    >>> store.append("issuer", b"s" * 32, [b"a" * 32, b"b" * 32])
    2
    >>> store.size("issuer", b"s" * 32)
    2
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from salus.errors import InputError, StorageError, StorageFull
from salus.models import Checkpoint
from salus.vault.durable import make_folder, named_errors

if TYPE_CHECKING:
    from salus.streams import Anchored

SCHEMA = """
CREATE TABLE IF NOT EXISTS leaves (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, stream BLOB NOT NULL,
    position INTEGER NOT NULL, leaf BLOB NOT NULL,
    PRIMARY KEY (chain, issuer, stream, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS leaf_position ON leaves (chain, issuer, stream, leaf);
CREATE TABLE IF NOT EXISTS checkpoints (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, stream BLOB NOT NULL,
    size INTEGER NOT NULL, parent BLOB NOT NULL, root BLOB NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (chain, issuer, stream, size)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (chain, issuer, label, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS compared (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, PRIMARY KEY (chain, issuer)
) WITHOUT ROWID;
"""
_WHERE = "WHERE chain = ? AND issuer = ? AND stream = ?"
_SEEN = ("checkpoints", "compared")


class LogStore:
    """An issuer's streams on one chain; safe to share between threads and between processes."""

    def __init__(self, connection: sqlite3.Connection, chain_id: int, *, url: str) -> None:
        self._db, self._chain_id, self.url = connection, chain_id, url
        self._lock = RLock()

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
            StorageError: The file cannot be opened, or is no log store.
        """
        place = _prepared(url)
        connection = sqlite3.connect(
            place, check_same_thread=False, timeout=30, isolation_level=None
        )
        store = cls(connection, chain_id, url=url)
        try:
            with store._reading() as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                db.executescript(SCHEMA)
        except StorageError:
            connection.close()
            raise
        return store

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._db.close()

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
        with self._writing():
            return self._append(self._key(issuer, stream), leaves)

    def append_to(self, issuer: str, label: str, leaves: Iterable[bytes]) -> None:
        """Store leaves at the end of the number of a stream that is in use: all of them, or none.

        Args:
            issuer: Whose stream.
            label: The stream's label.
            leaves: 32-byte values, before leaf hashing.

        Raises:
            StorageError: As for :meth:`append`.
        """
        from salus.streams import stream_id

        stream_id(label)
        with self._writing():
            number = self._numbers(issuer, label)[-1]
            self._note(issuer, label, number)
            self._append(self._key(issuer, stream_id(label, number)), leaves)

    def replace(self, issuer: str, stream: bytes, leaves: Iterable[bytes]) -> None:
        """Put leaves in the place of a stream's leaves, and forget its checkpoints.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            leaves: 32-byte values, before leaf hashing.
        """
        key = self._key(issuer, stream)
        with self._writing() as db:
            for table in ("leaves", "checkpoints"):
                db.execute(f"DELETE FROM {table} {_WHERE}", key)  # noqa: S608
            self._append(key, leaves)

    def size(self, issuer: str, stream: bytes) -> int:
        """Count a stream's leaves, anchored or not.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.

        Returns:
            How many there are.
        """
        with self._reading():
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
        sql = f"SELECT leaf FROM leaves {_WHERE} AND position < ? ORDER BY position"  # noqa: S608
        with self._reading() as db:
            end = 2**62 if size is None else size
            return [bytes(row[0]) for row in db.execute(sql, (*self._key(issuer, stream), end))]

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
        with self._reading() as db:
            (found,) = db.execute(sql, (*self._key(issuer, stream), leaf)).fetchone()
        return None if found is None else int(found)

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
        with self._writing() as db:
            sql = "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)"
            db.execute(sql, (*self._key(issuer, stream), *row))

    def remember(self, issuer: str, stream: bytes, history: Iterable[Anchored]) -> None:
        """Remember a stream's checkpoints, in the place of what was remembered; its leaves stay.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            history: What is on chain, oldest first.
        """
        key = self._key(issuer, stream)
        rows = [(each.checkpoint, each.block_number) for each in history]
        with self._writing() as db:
            db.execute(f"DELETE FROM checkpoints {_WHERE}", key)  # noqa: S608
            db.executemany(
                "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((*key, at.size, at.parent, at.root, block) for at, block in rows),
            )

    def checkpoints(self, issuer: str, stream: bytes) -> list[tuple[Checkpoint, int]]:
        """List the remembered checkpoints.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.

        Returns:
            Each with its block, oldest first.
        """
        sql = f"SELECT parent, root, size, block FROM checkpoints {_WHERE} ORDER BY size"  # noqa: S608
        with self._reading() as db:
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
        with self._reading():
            return self._numbers(issuer, label)

    def labels(self, issuer: str) -> list[str]:
        """List the streams that were written to here.

        Args:
            issuer: Whose streams.

        Returns:
            Labels in order.
        """
        sql = "SELECT DISTINCT label FROM numbers WHERE chain = ? AND issuer = ? ORDER BY label"
        with self._reading() as db:
            return [str(row[0]) for row in db.execute(sql, (self._chain_id, issuer.lower()))]

    def use(self, issuer: str, label: str, number: int) -> None:
        """Note that a number of a stream was begun.

        Args:
            issuer: Whose stream.
            label: The stream's label.
            number: Its number.
        """
        with self._writing():
            self._note(issuer, label, number)

    def go_on(
        self, issuer: str, label: str, number: int, *, first: bytes, pending: tuple[bytes, int]
    ) -> None:
        """Begin a stream's next number: its first leaf, then what was never anchored before.

        Args:
            issuer: Whose stream.
            label: The stream's label.
            number: The new number. Where it was begun already, nothing is done.
            first: Its first leaf.
            pending: The name of the stream that ended, and how many of its leaves are anchored:
                the others move.
        """
        from salus.streams import stream_id

        new = self._key(issuer, stream_id(label, number))
        ended, anchored = pending
        old = self._key(issuer, ended)
        moving = f"SELECT leaf FROM leaves {_WHERE} AND position >= ? ORDER BY position"  # noqa: S608
        with self._writing() as db:
            if self._size(new):
                return
            moved = [bytes(row[0]) for row in db.execute(moving, (*old, anchored))]
            self._append(new, [first, *moved])
            db.execute(f"DELETE FROM leaves {_WHERE} AND position >= ?", (*old, anchored))  # noqa: S608
            self._note(issuer, label, number)

    def begun(self, issuer: str) -> bool:
        """Tell whether this store saw the issuer's logs on chain: one made anew has seen nothing.

        Args:
            issuer: Whose logs.

        Returns:
            True where a checkpoint is remembered, or :meth:`mark_compared` was told.
        """
        key = (self._chain_id, issuer.lower())
        sql = "SELECT 1 FROM {} WHERE chain = ? AND issuer = ? LIMIT 1"
        with self._reading() as db:
            return any(db.execute(sql.format(each), key).fetchone() for each in _SEEN)

    def mark_compared(self, issuer: str) -> None:
        """Note that the issuer's logs were compared with the chain, whatever was found.

        Args:
            issuer: Whose logs.
        """
        with self._writing() as db:
            row = (self._chain_id, issuer.lower())
            db.execute("INSERT OR IGNORE INTO compared VALUES (?, ?)", row)

    def _key(self, issuer: str, stream: bytes) -> tuple[int, str, bytes]:
        return (self._chain_id, issuer.lower(), stream)

    def _append(self, key: tuple[int, str, bytes], leaves: Iterable[bytes]) -> int:
        start = self._size(key)
        self._db.executemany(
            "INSERT INTO leaves VALUES (?, ?, ?, ?, ?)",
            ((*key, start + offset, leaf) for offset, leaf in enumerate(leaves)),
        )
        return self._size(key)

    def _numbers(self, issuer: str, label: str) -> list[int]:
        sql = "SELECT number FROM numbers WHERE chain = ? AND issuer = ? AND label = ?"
        rows = self._db.execute(sql, (self._chain_id, issuer.lower(), label)).fetchall()
        return sorted({1, *(int(row[0]) for row in rows)})

    def _note(self, issuer: str, label: str, number: int) -> None:
        row = (self._chain_id, issuer.lower(), label, number)
        self._db.execute("INSERT OR IGNORE INTO numbers VALUES (?, ?, ?, ?)", row)

    def _size(self, key: tuple[int, str, bytes]) -> int:
        sql = f"SELECT coalesce(max(position) + 1, 0) FROM leaves {_WHERE}"  # noqa: S608
        return int(self._db.execute(sql, key).fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                    raise StorageFull(self.url) from None
                raise StorageError(
                    f"the log store {self.url} cannot be used: {error}; check the file, then try"
                    " again"
                ) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def __repr__(self) -> str:
        return f"LogStore({self.url!r}, chain {self._chain_id})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a log store is one open file: open it anew where it is needed")


def _prepared(url: str) -> str:
    if url == "memory:":
        return ":memory:"
    if not url.startswith("sqlite:///"):
        raise InputError(f"log store {url!r} is neither memory: nor sqlite:///path")
    path = Path(unquote(url.removeprefix("sqlite://")))
    with named_errors(url):
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return str(path)

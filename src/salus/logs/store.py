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
from typing import Any
from urllib.parse import unquote

from salus.errors import InputError, StorageError, StorageFull
from salus.models import Checkpoint
from salus.vault.durable import make_folder, named_errors

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
"""
_WHERE = "WHERE chain = ? AND issuer = ? AND stream = ?"


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
        key = self._key(issuer, stream)
        with self._writing() as db:
            start = self._size(key)
            db.executemany(
                "INSERT INTO leaves VALUES (?, ?, ?, ?, ?)",
                ((*key, start + offset, leaf) for offset, leaf in enumerate(leaves)),
            )
            return self._size(key)

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

    def forget_checkpoints(self, issuer: str, stream: bytes) -> None:
        """Forget what is remembered of a stream's checkpoints; its leaves stay.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
        """
        with self._writing() as db:
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
        with self._reading() as db:
            rows = db.execute(sql, self._key(issuer, stream)).fetchall()
        return [(Checkpoint(bytes(p), bytes(r), s), b) for p, r, s, b in rows]

    def _key(self, issuer: str, stream: bytes) -> tuple[int, str, bytes]:
        return (self._chain_id, issuer.lower(), stream)

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

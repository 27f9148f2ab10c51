"""Leaves and checkpoints of an issuer's streams in SQLite, written before anything is anchored.

A leaf is stored first, anchored later: a crash leaves leaves that the next checkpoint takes along,
and never a
checkpoint whose leaves are gone.

Example:
    >>> store = LogStore.open("memory:")
    >>> store.append("issuer", b"s" * 32, [b"a" * 32, b"b" * 32])
    2
    >>> store.size("issuer", b"s" * 32)
    2
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from salus.errors import InputError, StorageError
from salus.models import Checkpoint

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


class LogStore:
    """An issuer's streams on one chain; safe to share between threads."""

    def __init__(self, connection: sqlite3.Connection, chain_id: int) -> None:
        self._db = connection
        self._chain_id = chain_id
        self._lock = threading.Lock()
        self._db.executescript(SCHEMA)

    @classmethod
    def open(cls, url: str, *, chain_id: int = 0) -> LogStore:
        """Open a store.

        Args:
            url: ``memory:`` or ``sqlite:///path``.
            chain_id: The chain whose streams are meant: the same file serves several.

        Raises:
            InputError: When the URL is of another kind.
            StorageError: When the file cannot be opened.
        """
        if url == "memory:":
            return cls(sqlite3.connect(":memory:", check_same_thread=False), chain_id)
        if not url.startswith("sqlite:///"):
            raise InputError(f"log store {url!r} is neither memory: nor sqlite:///path")
        path = Path(url.removeprefix("sqlite:///"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            return cls(connection, chain_id)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"cannot open the log store {path}: {error}") from error

    def append(self, issuer: str, stream: bytes, leaves: Iterable[bytes]) -> int:
        """Store leaves at the end of a stream.

        Args:
            issuer: Whose stream.
            stream: Its name, 32 bytes.
            leaves: 32-byte values, before leaf hashing.

        Returns:
            The stream's new size.

        Raises:
            StorageError: When they cannot be stored; none of them is then.
        """
        key = (self._chain_id, issuer, stream)
        with self._lock:
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    start = self._size(key)
                    self._db.executemany(
                        "INSERT INTO leaves VALUES (?, ?, ?, ?, ?)",
                        ((*key, start + offset, leaf) for offset, leaf in enumerate(leaves)),
                    )
                    return self._size(key)
            except sqlite3.Error as error:
                raise StorageError(f"the leaves were not stored: {error}") from error

    def size(self, issuer: str, stream: bytes) -> int:
        """How many leaves a stream has, anchored or not."""
        return self._size((self._chain_id, issuer, stream))

    def leaves(self, issuer: str, stream: bytes, *, size: int | None = None) -> list[bytes]:
        """The first ``size`` leaves of a stream in order; all of them when it is None."""
        rows = self._db.execute(
            "SELECT leaf FROM leaves WHERE chain=? AND issuer=? AND stream=? AND position < ?"
            " ORDER BY position",
            (self._chain_id, issuer, stream, 2**62 if size is None else size),
        )
        return [bytes(row[0]) for row in rows]

    def position(self, issuer: str, stream: bytes, leaf: bytes) -> int | None:
        """Where a leaf stands first, counted from zero; None when it is not there."""
        row = self._db.execute(
            "SELECT min(position) FROM leaves WHERE chain=? AND issuer=? AND stream=? AND leaf=?",
            (self._chain_id, issuer, stream, leaf),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def add_checkpoint(
        self, issuer: str, stream: bytes, checkpoint: Checkpoint, *, block: int
    ) -> None:
        """Remember a checkpoint that is on chain, and the block it was mined in."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self._chain_id,
                    issuer,
                    stream,
                    checkpoint.size,
                    checkpoint.parent,
                    checkpoint.root,
                    block,
                ),
            )

    def checkpoints(self, issuer: str, stream: bytes) -> list[tuple[Checkpoint, int]]:
        """The remembered checkpoints with their blocks, oldest first."""
        rows = self._db.execute(
            "SELECT parent, root, size, block FROM checkpoints"
            " WHERE chain=? AND issuer=? AND stream=? ORDER BY size",
            (self._chain_id, issuer, stream),
        )
        return [(Checkpoint(bytes(p), bytes(r), s), b) for p, r, s, b in rows]

    def _size(self, key: tuple[int, str, bytes]) -> int:
        row = self._db.execute(
            "SELECT coalesce(max(position) + 1, 0) FROM leaves"
            " WHERE chain=? AND issuer=? AND stream=?",
            key,
        ).fetchone()
        return int(row[0])

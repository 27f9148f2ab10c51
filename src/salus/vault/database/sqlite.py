"""The SQLite file under a key database: durable, overwritten when deleted, one writer at a time.

Example:
    >>> from salus.vault.database.sqlite import SqliteFile
    >>> SqliteFile.open("memory:").one("PRAGMA secure_delete")
    (1,)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from salus.primitives.errors import StorageFull
from salus.primitives.files import named_errors
from salus.store.files import file_of, make_file
from salus.vault.database.encoding import raw
from salus.vault.database.freshness import Mark
from salus.vault.database.reserve import Reserve
from salus.vault.database.rows import FORMAT, STATEMENTS
from salus.vault.errors import KeyDatabaseUnavailable

WAIT_SECONDS = 30.0
_Done = TypeVar("_Done")

# Overwrite what is deleted; keep temporary copies off the disk; survive a power cut.
_PRAGMAS = (
    "secure_delete = ON",
    "journal_mode = DELETE",
    "synchronous = EXTRA",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
)


class SqliteFile:
    """One connection, shared by the threads of this process."""

    def __init__(self, connection: sqlite3.Connection, url: str, path: Path | None) -> None:
        self.url, self.file = url, path
        self._mark: Mark | None = None
        self._reserve = None if self.file is None else Reserve(self.file)
        self._compared = self._as_seen = True
        self._seen: object = None
        self._connection = connection
        # Whoever changes a file may leave bytes that are no text: they are read, and refused later.
        connection.text_factory = lambda text: text.decode(errors="surrogateescape")
        self._lock = RLock()

    @classmethod
    def open(cls, url: str) -> SqliteFile:
        """Open the file and make its tables where they are missing.

        Raises:
            InvalidStorageUrl: The URL has another form.
            KeyDatabaseUnavailable: The file is no key database, or one of a newer Salus.
            StorageUnavailable: The file cannot be made.
        """
        path = file_of(url)
        if path is not None:
            make_file(path)
        try:
            connection = sqlite3.connect(
                path or ":memory:",
                timeout=WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise KeyDatabaseUnavailable(url, f"{error}; check that it is a file") from error
        database = cls(connection, url, path)
        try:
            database._prepare()
        except BaseException:
            connection.close()
            raise
        return database

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def watch(self, mac: Callable[[bytes], bytes], *, new: bool) -> None:
        """Tell from now on whether the file is the one that was compared, or what came of it.

        Args:
            mac: Vouches for bytes in the name of the store's owner.
        """
        with self._lock:
            if self.file is not None:
                self._mark = Mark(self.file, mac, content=self._content, wait=WAIT_SECONDS)
            if self._reserve is not None:
                self._reserve.keep()
            if new:
                self.mark_compared()

    def is_compared(self) -> bool:
        """Tell whether the file is the one that was compared with the chain, or what came of it."""
        with self._lock, self._named_errors():
            if self._mark is None or self._connection.in_transaction:
                return self._compared
            return self._mark.holds()

    def mark_compared(self) -> None:
        """Note that the file, as it is, was compared with the chain."""
        with self._lock:
            if self._mark is not None:
                self._mark.renew()

    def is_as_seen(self) -> bool:
        """Tell whether nobody but Salus changed the file since :meth:`see`."""
        with self._lock:
            return self._as_seen if self._connection.in_transaction else self._is_unchanged()

    def see(self, place: object) -> None:
        """Note that all of the file was looked at."""
        with self._lock:
            self._as_seen, self._seen = True, place

    def place(self) -> object:
        """Tell what a change of the file by anybody changes: the time that the system keeps."""
        if self.file is None:
            return None
        with named_errors(self.url):
            about = self.file.stat()
        return about.st_dev, about.st_ino, about.st_ctime_ns, about.st_size

    def damage(self, most: int) -> list[str]:
        """Have SQLite read every page from the disk: rows are found by what is in order alone.

        Raises:
            KeyDatabaseUnavailable: It cannot be read at all, or has other tables.
        """
        with self._lock, self._named_errors():
            self._check_tables()
            self._connection.execute("PRAGMA shrink_memory")
            found = self._connection.execute(f"PRAGMA integrity_check({most})").fetchall()
        return [] if found == [("ok",)] else [str(row[0]) for row in found]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep the other threads of this process away."""
        with self._lock:
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes together.

        Raises:
            StorageFull: The disk is full; nothing was changed.
            KeyDatabaseUnavailable: The file cannot be written, or another writer holds it too long.
        """
        with self._lock, self._named_errors():
            if self._connection.in_transaction:
                yield
                return
            with self._marking():
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    self._as_seen = self._is_unchanged()
                    before = self._connection.total_changes
                    yield
                    self._connection.execute("COMMIT")
                    if self._as_seen and self._connection.total_changes != before:
                        self._seen = self.place()
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise

    def in_transaction(self) -> bool:
        """Whether this thread has a transaction open; waits for the end of another's."""
        with self._lock:
            return self._connection.in_transaction

    def with_room(self, act: Callable[[], _Done]) -> _Done:
        """Do something that a full disk must not stop, at the cost of the reserve.

        Raises:
            StorageFull: There is no room without the reserve either; nothing was changed.
        """
        if self._reserve is None or self._connection.in_transaction:
            return act()
        self._reserve.keep()
        try:
            return act()
        except StorageFull:
            if not self._reserve.give_up():
                raise
        try:
            return act()
        finally:
            self._reserve.keep()

    def one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """Read one row.

        Returns:
            The first row, or None.
        """
        with self._lock, self._named_errors():
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read all rows."""
        with self._lock, self._named_errors():
            return self._connection.execute(sql, values).fetchall()

    def each(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Read rows one after the other, so that they need not fit into memory."""
        with self._lock, self._named_errors():
            yield from self._connection.execute(sql)

    def change(self, sql: str, *values: object) -> int:
        """Change rows, in the transaction that is open or in one of its own."""
        with self.transaction():
            return self._connection.execute(sql, values).rowcount

    def _prepare(self) -> None:
        with self._lock, self._named_errors():
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
        with self.transaction():
            found = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
            if found == 0:
                for statement in STATEMENTS:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {FORMAT}")
            elif found != FORMAT:
                raise KeyDatabaseUnavailable(self.url, _of_another_format(found))
            self._check_tables()

    def _check_tables(self) -> None:
        # A trigger that somebody put there could keep what is erased, an index hide what is there,
        # and what is read from a journal of another kind changes beside the file.
        made = self._connection.execute("SELECT sql FROM sqlite_master").fetchall()
        (mode,) = self._connection.execute("PRAGMA journal_mode").fetchone()
        if sorted(str(row[0]) for row in made) != sorted(STATEMENTS):
            reason = "its tables are not those of a key database: restore it from a copy"
            raise KeyDatabaseUnavailable(self.url, reason)
        if mode == "wal":
            reason = (
                "something other than Salus made it keep a WAL: close every program that has it"
            )
            raise KeyDatabaseUnavailable(self.url, f"{reason} open, and try again")

    def _content(self) -> bytes:
        """What each change of the rows changes, and nobody else makes: their sum, sealed."""
        found = self.one("SELECT running FROM store")
        return raw(found[0]) if found else b""

    def _is_unchanged(self) -> bool:
        if self._seen == self.place():
            return True
        # Another program of the same owner looked at it before it wrote, and marked it.
        if self._mark is None or not self._mark.holds():
            return False
        self._seen = self.place()
        return True

    @contextmanager
    def _marking(self) -> Iterator[None]:
        """What is written to a file that was compared stays one that was."""
        if self._mark is None:
            yield
            return
        with self._mark.held():
            self._compared = self._mark.holds()
            before = self._connection.total_changes
            try:
                yield
            finally:
                # Where nothing was written here, what changed meanwhile was written by others.
                if self._compared and self._connection.total_changes != before:
                    self._mark.renew()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL:
                raise StorageFull(self.url) from None
            reason = "it is no key database" if code == sqlite3.SQLITE_NOTADB else str(error)
            raise KeyDatabaseUnavailable(
                self.url, f"{reason}; check the file and try again"
            ) from None


def _of_another_format(found: int) -> str:
    newer = "update Salus" if found > FORMAT else "it is older: open it with the Salus that made it"
    return f"its format is {found}, this Salus knows {FORMAT}: {newer}"

"""The SQLite file under a key database: durable, overwritten when deleted, one writer at a time.

Example:
    >>> from salus.vault.database.sqlite import SqliteFile
    >>> SqliteFile.open("memory:").one("PRAGMA secure_delete")
    (1,)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from salus.primitives.errors import StorageFull
from salus.primitives.files import named_errors
from salus.store.database import WAIT_SECONDS, Database
from salus.store.schema import Schema
from salus.vault.database.encoding import raw
from salus.vault.database.freshness import Mark
from salus.vault.database.reserve import Reserve
from salus.vault.database.rows import FORMAT, STATEMENTS
from salus.vault.errors import KeyDatabaseUnavailable

_Done = TypeVar("_Done")

# Overwrite what is deleted; keep temporary copies off the disk; survive a power cut.
_PRAGMAS = (
    "secure_delete = ON",
    "synchronous = EXTRA",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
)
_COPY = ": restore it from a copy"
_SCHEMA = Schema("a key database", FORMAT, STATEMENTS, _PRAGMAS, restored=_COPY)


class SqliteFile:
    """One database of keys, shared by the threads of this process."""

    def __init__(self, database: Database) -> None:
        self._db, self.url, self.file = database, database.url, database.file
        self._mark: Mark | None = None
        self._reserve = None if self.file is None else Reserve(self.file)
        self._compared = self._as_seen = True
        self._seen: object = None
        # Whoever changes a file may leave bytes that no text has: they are read, and refused later.
        database.connection.text_factory = lambda text: text.decode(errors="surrogateescape")

    @classmethod
    def open(cls, url: str) -> SqliteFile:
        """Open the file and make its tables where they are missing.

        Raises:
            StorageUnavailable: The file cannot be made.
            InvalidStorageUrl: The URL has another form.
        """
        file = cls(Database.open(url, _SCHEMA, refusal=KeyDatabaseUnavailable))
        try:
            file._check_tables()
        except BaseException:
            file.close()
            raise
        return file

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def watch(self, mac: Callable[[bytes], bytes], *, new: bool) -> None:
        """Watch from now on whether the file is the one that was compared, or what came of it.

        Args:
            mac: Vouches for bytes in the name of the store's owner.
        """
        with self._db.using():
            if self.file is not None:
                self._mark = Mark(self.file, mac, content=self._content, wait=WAIT_SECONDS)
            if self._reserve is not None:
                self._reserve.keep()
            if new:
                self.mark_compared()

    def is_compared(self) -> bool:
        """Whether the file is the one that was compared with the chain, or what came of it."""
        with self._db.using() as connection:
            if self._mark is None or connection.in_transaction:
                return self._compared
            return self._mark.holds()

    def mark_compared(self) -> None:
        """Note that the file, as it is, was compared with the chain."""
        with self._db.using():
            if self._mark is not None:
                self._mark.renew()

    def is_as_seen(self) -> bool:
        """Return whether nobody but Salus changed the file since :meth:`see`."""
        with self._db.using() as connection:
            return self._as_seen if connection.in_transaction else self._is_unchanged()

    def see(self, place: object) -> None:
        """Note that all of the file was looked at."""
        with self._db.using():
            self._as_seen, self._seen = True, place

    def place(self) -> object:
        """Return what a change of the file by anybody changes: the time that the system keeps."""
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
        with self._db.using() as connection:
            self._check_tables()
            connection.execute("PRAGMA shrink_memory")
            found = connection.execute(f"PRAGMA integrity_check({most})").fetchall()
        return [] if found == [("ok",)] else [str(row[0]) for row in found]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep the other threads of this process away."""
        with self._db.using():
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes together.

        Raises:
            StorageFull: The disk is full; nothing was changed.
            KeyDatabaseUnavailable: The file cannot be written, or another writer holds it too long.
        """
        with self._db.using() as connection:
            if connection.in_transaction:
                yield
                return
            with self._marking():
                before = connection.total_changes
                with self._db.transaction():
                    self._as_seen = self._is_unchanged()
                    yield
                if self._as_seen and connection.total_changes != before:
                    self._seen = self.place()

    def in_transaction(self) -> bool:
        """Whether this thread has a transaction open; waits for the end of another's."""
        return self._db.in_transaction()

    def with_room(self, act: Callable[[], _Done]) -> _Done:
        """Do something that a full disk must not stop, at the cost of the reserve.

        Raises:
            StorageFull: There is no room without the reserve either; nothing was changed.
        """
        if self._reserve is None or self.in_transaction():
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
        """Read one row."""
        with self._db.using() as connection:
            row: tuple[Any, ...] | None = connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read all rows."""
        with self._db.using() as connection:
            return connection.execute(sql, values).fetchall()

    def each(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Read rows one after the other, so that they need not fit into memory."""
        with self._db.using() as connection:
            yield from connection.execute(sql)

    def change(self, sql: str, *values: object) -> int:
        """Change rows, in the transaction that is open or in one of its own."""
        with self.transaction(), self._db.using() as connection:
            return connection.execute(sql, values).rowcount

    def _check_tables(self) -> None:
        # A trigger that somebody put there could keep what is erased, an index hide what is there,
        # and what is read from a journal of another kind changes beside the file.
        with self._db.using() as connection:
            change = _SCHEMA.change_in(connection)
        if change:
            raise KeyDatabaseUnavailable(self.url, change)
        ((mode,),) = self.all("PRAGMA journal_mode")
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
        with self._mark.held(), self._db.using() as connection:
            self._compared = self._mark.holds()
            before = connection.total_changes
            try:
                yield
            finally:
                # Where nothing was written here, what changed meanwhile was written by others.
                if self._compared and connection.total_changes != before:
                    self._mark.renew()

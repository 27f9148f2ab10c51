"""One SQLite database: shared by the threads of one process, closed and refused by name.

Example:
    >>> from salus.store.schema import Schema
    >>> diary = Schema("a diary", 1, ("CREATE TABLE days (day TEXT)",))
    >>> database = Database.open("memory:", diary, refusal=lambda url, why: StorageError(why))
    >>> with database.transaction() as connection:
    ...     connection.execute("INSERT INTO days VALUES ('Monday')").rowcount
    1
"""

from __future__ import annotations

import os
import sqlite3
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from salus.primitives.errors import StorageFull
from salus.store import forks
from salus.store.files import file_of, make_file, others_may_write
from salus.store.schema import Refusal, Schema
from salus.store.sqlite_version import require_sqlite

WAIT_SECONDS = 30.0
"""How long a transaction waits for those of other programs."""
# A Mac's disk has a cache of its own, which an fsync leaves in place.
_PRAGMAS = ("fullfsync = ON",)
_NO_ROOM = frozenset(
    {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_WRITE}
)
"""What SQLite says where a write-ahead log, or what goes with it, has no room."""
_FORKED = (
    "it was opened before this process was forked from another: connect anew here, and use nothing"
    " that the other one opened"
)
_IN_USE = (
    "a thread was using it in the moment when this process was forked, so that it stays locked"
    " here: fork before anything is connected, or start processes by spawn or forkserver"
)


class Database:
    """One connection and the lock that its threads take turns by.

    One that is forgotten is closed when it is collected, and with a `ResourceWarning` where it is a
    file, as Python's own files are.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        url: str,
        file: Path | None,
        *,
        kind: str,
        refusal: Refusal,
    ) -> None:
        self.connection, self.url, self.file = connection, url, file
        self._kind, self._refusal = kind, refusal
        self._lock, self._users, self._closed = RLock(), 0, False
        self._process = os.getpid()
        self._forgotten = weakref.finalize(
            self, _forget, connection, url if file else None, self._process
        )
        self._forgotten.atexit = False  # a thread may still use it then
        forks.watch(self)

    @classmethod
    def open(cls, url: str, schema: Schema, *, refusal: Refusal) -> Database:
        """Open a database, making it where it is missing.

        Raises:
            SqliteTooOld: Python was built with a SQLite that lacks what tables of ours use.
            StorageUnavailable: The file cannot be made.
            StorageError: The room's own: it cannot be opened, or is of another format.
            InvalidStorageUrl: The URL has another form.
        """
        require_sqlite()
        file = file_of(url)
        if file is not None:
            make_file(file)
            if forks.was_in_use(file):
                raise refusal(url, _IN_USE)
        try:
            connection = sqlite3.connect(
                file or ":memory:",
                timeout=WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise refusal(url, f"{error}; check that it is a file") from error
        database = cls(connection, url, file, kind=schema.kind, refusal=refusal)
        try:
            database._prepare(schema)
        except BaseException:
            database.close()
            raise
        return database

    def require_own(self, schema: Schema) -> None:
        """Refuse a file whose rows are believed where others may have written them.

        Raises:
            StorageError: The room's own: others may write it, or it has triggers, views or other
                tables, which change what is read.
        """
        if others_may_write(self.file):
            raise self._refusal(self.url, f"others may write it: chmod go-w {self.file} first")
        with self.using() as connection:
            if change := schema.change_in(connection):
                raise self._refusal(self.url, change)

    def close(self) -> None:
        """Close it when no thread uses it any more; in a forked child it is left alone."""
        if self._process != os.getpid():
            return
        with self._lock:
            self._closed = True
            self._forgotten.detach()
            self.connection.close()

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """Use the connection while no other thread does, with SQLite's errors as ours.

        Raises:
            StorageFull: The disk is full.
            StorageError: The room's own: it was closed, opened before a fork, or is damaged.
        """
        self._require_here()  # before the lock: a thread of another process may hold it
        with self._lock, self._named_errors():
            if self._closed:
                raise self._refusal(self.url, "it was closed: open it anew")
            self._users += 1
            try:
                yield self.connection
            finally:
                self._users -= 1

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Change everything that is changed meanwhile, or nothing; one inside another joins it."""
        with self.using() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                self._require_here()
                connection.execute("COMMIT")
            except BaseException:
                # Forked meanwhile, it is the other process that ends it.
                if self._process == os.getpid() and connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def in_transaction(self) -> bool:
        """Whether this thread has a transaction open; waits for the end of another's."""
        with self.using() as connection:
            return connection.in_transaction

    def in_use(self) -> Path | None:
        """The file, where a thread is using it."""
        return self.file if self._users else None

    def _require_here(self) -> None:
        if self._process != os.getpid():
            raise self._refusal(self.url, _FORKED)

    def _prepare(self, schema: Schema) -> None:
        with self.using() as connection:
            # Looked at first: which journal it has is written into the file.
            problem = schema.problem_of(connection)
            if problem is not None:
                raise self._refusal(self.url, problem)
            for pragma in (f"journal_mode = {schema.journal}", *_PRAGMAS, *schema.pragmas):
                connection.execute(f"PRAGMA {pragma}")
            if schema.is_in(connection):
                return
        with self.transaction() as connection:
            problem = schema.make(connection)
            if problem is not None:
                raise self._refusal(self.url, problem)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            whole = getattr(error, "sqlite_errorcode", 0)
            code = whole & 0xFF
            if code == sqlite3.SQLITE_FULL or whole in _NO_ROOM:
                raise StorageFull(self.url) from None
            reason = f"it is not {self._kind}" if code == sqlite3.SQLITE_NOTADB else str(error)
            raise self._refusal(self.url, f"{reason}; check the file and try again") from None


def _forget(connection: sqlite3.Connection, url: str | None, process: int) -> None:
    """Close what nobody closed and nobody can use any more."""
    if process != os.getpid():
        return
    connection.close()
    if url:
        problem = f"{url} was left open: close() what opened it, or use that in a with statement"
        warnings.warn(problem, ResourceWarning, source=connection, stacklevel=2)

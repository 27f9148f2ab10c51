"""One connection to a Postgres database: shared by the threads of one process, refused by name.

The driver is of asyncio: it runs in a thread of its own, so that callers are as they are with
SQLite, also where they run in a loop themselves.

Example:
    >>> is_postgres("postgresql://reader@db.example/index"), is_postgres("sqlite:///index")
    (True, False)
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock, Thread
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from salus.errors import ConfigurationInvalid, StorageError
from salus.store.schema import Refusal

Answer = TypeVar("Answer")
_SCHEMES = frozenset({"postgresql", "postgres"})
_CONNECT_SECONDS, _SECONDS = 15.0, 120.0
"""To wait for a connection, and for one answer."""
_SAFE = {"search_path": "pg_catalog", "application_name": "salus"}
"""What a name without a schema means is nobody's else's to say."""
_FORKED = (
    "it was opened before this process was forked from another: connect anew here, and use nothing"
    " that the other one opened"
)


def is_postgres(url: str) -> bool:
    """Whether a URL names a Postgres database."""
    return url.partition("://")[0].lower() in _SCHEMES


class PostgresDatabase:
    """One connection and the lock that its threads take turns by.

    Attributes:
        url: What is shown of where it is.
        connections: How many were made so far: what a session holds ends with its connection.
    """

    def __init__(
        self,
        dsn: str,
        *,
        url: str,
        refusal: Refusal,
        loopback: bool,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Connect; ``url`` is what is shown of it, and the settings are the session's own.

        Raises:
            ConfigurationInvalid: The driver is not installed.
            StorageError: The room's own: the database cannot be opened.
        """
        self.url, self._refusal, self._process = url, refusal, os.getpid()
        # A function, so that nothing that is looked at holds the password.
        self._opened: Callable[[], Coroutine[Any, Any, Any]] = lambda: _connected(
            dsn, loopback=loopback, settings={**_SAFE, **(settings or {})}
        )
        self.connections = 0
        self._lock, self._closed, self._transactions, self._pins = RLock(), False, 0, 0
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._connect()
        except BaseException:
            self._stop()
            raise

    def close(self) -> None:
        """Close it when no thread uses it any more; in a forked child it is left alone."""
        if self._process != os.getpid():
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                self._run(self._connection.close(timeout=_CONNECT_SECONDS))
            finally:
                self._stop()

    @contextmanager
    def using(self) -> Iterator[PostgresDatabase]:
        """Use the connection while no other thread does.

        Raises:
            StorageError: The room's own: it was closed, or opened before a fork.
        """
        if self._process != os.getpid():
            raise self._refusal(self.url, _FORKED)
        with self._lock:
            if self._closed:
                raise self._refusal(self.url, "it was closed: open it anew")
            yield self

    @contextmanager
    def transaction(self, isolation: str = "read_committed") -> Iterator[PostgresDatabase]:
        """Change everything that is changed meanwhile, or nothing; one inside another joins it."""
        with self.using():
            if self._transactions:
                yield self
                return
            begun = self._anew(lambda: self._run(_begun(self._connection, isolation)))
            self._transactions += 1
            try:
                yield self
            except BaseException:
                self._transactions -= 1
                self._roll_back(begun)
                raise
            self._transactions -= 1
            self._run(begun.commit())

    @contextmanager
    def snapshot(self) -> Iterator[PostgresDatabase]:
        """Read several things as they are at one moment; what was read was read however it ends."""
        with self.using():
            if self._transactions:
                yield self
                return
            begun = self._anew(lambda: self._run(_begun(self._connection, "repeatable_read")))
            self._transactions += 1
            try:
                yield self
            finally:
                self._transactions -= 1
                self._roll_back(begun)

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Replace no connection that ends meanwhile: something else ends with it."""
        with self._lock:
            self._pins += 1
        try:
            yield
        finally:
            with self._lock:
                self._pins -= 1

    def fetch(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask, or change and return what the query returns.

        Raises:
            StorageError: The room's own: the database does not answer, or refuses.
        """
        with self.using():
            found = self._anew(lambda: self._run(self._connection.fetch(query, *values)))
            return [tuple(each) for each in found]

    def execute(self, statements: str) -> None:
        """Run statements that take no values."""
        with self.using():
            self._anew(lambda: self._run(self._connection.execute(statements)))

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement with the values of each row, all or none."""
        with self.using():
            self._run(self._connection.executemany(statement, list(rows)))

    def copy(
        self, table: str, rows: Sequence[tuple[Any, ...]], *, schema: str, columns: Sequence[str]
    ) -> None:
        """Append rows by COPY, in the driver's binary form."""
        copying = self._connection.copy_records_to_table
        with self.using():
            self._run(copying(table, records=rows, schema_name=schema, columns=columns))

    def _connect(self) -> None:
        self._connection = self._run(self._opened())
        self.connections += 1

    def _anew(self, ask: Callable[[], Answer]) -> Answer:
        """Ask; once more over a new connection where one ended that nothing else ends with."""
        try:
            return ask()
        except StorageError:
            if self._transactions or self._pins or not self._connection.is_closed():
                raise
        self._connect()
        return ask()

    def _roll_back(self, begun: Any) -> None:
        """Undo; a connection that cannot, since it was left in the middle, is given up."""
        try:
            if not self._connection.is_closed():
                self._run(begun.rollback())
        except StorageError:
            self._run(_terminated(self._connection))

    def _run(self, coroutine: Coroutine[Any, Any, Answer]) -> Answer:
        import asyncpg  # type: ignore[import-untyped]

        asked = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return asked.result()
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise self._refusal(self.url, _words(error)) from None
        except asyncpg.InternalClientError:  # it ended in the middle of something
            asyncio.run_coroutine_threadsafe(_terminated(self._connection), self._loop).result()
            raise self._refusal(self.url, "its connection ended") from None
        except (OSError, ValueError, TimeoutError) as error:
            # whose text may hold what it was connected with
            raise self._refusal(self.url, f"{type(error).__name__}: is it there?") from None
        finally:
            asked.cancel()  # where a signal ended the wait

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _begun(connection: Any, isolation: str) -> Any:
    begun = connection.transaction(isolation=isolation)
    await begun.start()
    return begun


async def _terminated(connection: Any) -> None:
    connection.terminate()


async def _connected(dsn: str, *, loopback: bool, settings: Mapping[str, str]) -> Any:
    import asyncpg

    named = {name for name, _ in parse_qsl(urlsplit(dsn).query)} | {
        "sslmode" for name in ("PGSSLMODE",) if os.environ.get(name)
    }
    # Without a word about it the driver would go on without TLS where somebody on the way says so.
    ssl = None if loopback or "sslmode" in named else "verify-full"
    return await asyncpg.connect(
        dsn,
        timeout=_CONNECT_SECONDS,
        command_timeout=_SECONDS,
        server_settings=dict(settings),
        **({} if ssl is None else {"ssl": ssl}),
    )


def require_driver(setting: str) -> None:
    """Refuse to go on where the driver is not installed.

    Raises:
        ConfigurationInvalid: It is not.
    """
    try:
        import asyncpg  # noqa: F401
    except ImportError:
        raise ConfigurationInvalid(
            setting=setting, reason="names a Postgres database: pip install 'salus[postgres]'"
        ) from None


def _words(error: Exception) -> str:
    """One line of what the server says; it names users and tables, and repeats no password."""
    return " ".join(str(error).split())[:200] or type(error).__name__

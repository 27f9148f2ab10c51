"""Leases of the processes that share an outbox in a database, on whatever machines they run.

A lease is a row, renewed while its process is heard of. Who finds one that is over, and takes over
an act of its, deletes the row: a process whose row is gone lets nothing leave that it had under
way. Beside it each process has a lock that ends with its connection: where that is gone and the
lease goes on, nobody knows whether the process lives, and who needs to know waits.

Example:
    >>> Leases.__name__
    'Leases'
"""

from __future__ import annotations

import logging
import secrets
import weakref
from collections.abc import Callable, Iterable
from hashlib import sha256
from threading import Event, Lock, Thread

from salus.errors import StorageError
from salus.outbox.errors import LeaseLost
from salus.store.postgres import PostgresDatabase

_log = logging.getLogger(__name__)
SECONDS = 20.0
"""How long a process may be silent before others take over what it has under way."""
_RENEWED = 4
"""So often in that time it is heard of."""
_RENEW = (
    "UPDATE leases SET until = clock_timestamp() + make_interval(secs => $2)"
    " WHERE token = $1 RETURNING token"
)
_BEGIN = "INSERT INTO leases VALUES ($1, clock_timestamp() + make_interval(secs => $2))"
_HELD = (
    "SELECT count(*) FROM attempts JOIN entries ON id = entry"
    " WHERE holder = $1 AND hash = ANY($2::text[])"
)
_LIVES = (
    "SELECT until > clock_timestamp(), NOT pg_try_advisory_xact_lock_shared($2)"
    " FROM leases WHERE token = $1"
)


class Leases:
    """This process's lease, and what is to be seen of others'.

    Args:
        database: Opens it, or gives the one that is open.
        url: What is shown of where it is.
    """

    def __init__(self, database: Callable[[], PostgresDatabase], *, url: str) -> None:
        self.token = secrets.token_hex(8)
        self._database, self._url, self._guard = database, url, Lock()
        self._begun, self._locked_by = False, 0
        self._ends = Event()
        self._renewing: Thread | None = None

    def hold(self) -> None:
        """Have a lease, renewed as long as this process is heard of.

        Raises:
            OutboxUnavailable: The database does not answer.
        """
        if not self._begun:
            self.enter()
        with self._guard:
            if self._renewing is None:
                words = (weakref.ref(self), self._ends)
                self._renewing = Thread(target=_renew, args=words, daemon=True)
                self._renewing.start()

    def enter(self) -> None:
        """Be heard of, and have others wait for a transaction that is open, for its end.

        A lease that others ended is not taken up: what was under way under it is theirs.

        Raises:
            OutboxUnavailable: The database does not answer.
        """
        database = self._database()
        with database.using():
            if self._begun and not self._renewed(database):
                _log.warning("this process lost its lease on acts in %s", self._url)
                self.token, self._begun, self._locked_by = secrets.token_hex(8), False, 0
            if not self._begun:
                database.fetch(_BEGIN, self.token, SECONDS)
                self._begun = True
            self._show(database)

    def renew(self) -> None:
        """Be heard of, where there is a lease."""
        database = self._database()
        with database.using():
            if self._begun and self._renewed(database):
                self._show(database)

    def lives(self, token: str) -> bool:
        """Whether a process is seen to live: it has a lease, and is connected."""
        return token == self.token or self._seen(token) == (True, True)

    def is_silent(self, token: str) -> bool:
        """Whether it has one, and is not connected: it may have ended, or connect anew."""
        return token != self.token and self._seen(token) == (True, False)

    def end(self, token: str) -> bool:
        """End a lease that is over, so that its process cannot renew it; False where it goes on."""
        database = self._database()
        database.fetch("DELETE FROM leases WHERE token = $1 AND until <= clock_timestamp()", token)
        return not database.fetch("SELECT 1 FROM leases WHERE token = $1", token)

    def require_held(self, transactions: Iterable[str]) -> None:
        """Refuse to let leave what others may have taken over.

        Raises:
            LeaseLost: They may.
            OutboxUnavailable: The database does not answer.
        """
        database, wanted = self._database(), list(transactions)
        with database.transaction():
            held = self._begun and self._renewed(database)
            [[found]] = database.fetch(_HELD, self.token, wanted)
        if not held or found != len(wanted):
            raise LeaseLost(self._url, transactions=wanted)

    def others_live(self) -> bool:
        """Whether any other process has a lease."""
        found = self._database().fetch("SELECT token FROM leases WHERE token <> $1", self.token)
        return any(self._seen(token)[0] for [token] in found)

    def close(self) -> None:
        """Give the lease up, so that others need not wait for its end."""
        self._ends.set()
        if not self._begun:
            return
        self._begun = False
        try:
            self._database().fetch("DELETE FROM leases WHERE token = $1", self.token)
        except StorageError as problem:
            _log.info("a lease ends by its time: %s", problem)

    def _renewed(self, database: PostgresDatabase) -> bool:
        return bool(database.fetch(_RENEW, self.token, SECONDS))

    def _show(self, database: PostgresDatabase) -> None:
        """Hold the lock of this process, over each connection anew."""
        if self._locked_by == database.connections:
            return
        [[locked]] = database.fetch("SELECT pg_try_advisory_lock($1)", _key(self.token))
        if locked:  # else an old connection's end is not noticed yet
            self._locked_by = database.connections

    def _seen(self, token: str) -> tuple[bool, bool]:
        """Whether a process has a lease, and is connected."""
        found = self._database().fetch(_LIVES, token, _key(token))
        return (found[0][0], found[0][1]) if found else (False, False)


def _key(token: str) -> int:
    """An advisory lock's number: 64 bits, signed."""
    return int.from_bytes(sha256(token.encode()).digest()[:8], "big", signed=True)


def _renew(leases: weakref.ref[Leases], ends: Event) -> None:
    while not ends.wait(SECONDS / _RENEWED):
        held = leases()
        if held is None:
            return
        try:
            held.renew()
        except StorageError as problem:
            _log.info("a lease is not renewed: %s", problem)
        del held

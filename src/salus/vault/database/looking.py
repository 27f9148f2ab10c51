"""What is read of a key database is what was summed: no row is hidden from those who look for it.

The sum is made of all rows as they stand in the tables; what is looked for goes through indexes,
and down the trees of the tables. Whoever writes the file can leave a row where the one finds it and
the other does not. So all of it is looked at when it is opened, in one transaction: the sum, and by
SQLite that every row is found in its place and by each index. And again when somebody else changed
the file since.

Example:
    >>> from salus.vault.database.sqlite import SqliteFile
    >>> store = Looking(SqliteFile.open("memory:"), lambda: True)
    >>> store.look()
    >>> store.reading(lambda: ["what was read"])
    ['what was read']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from salus.vault.database.sqlite import SqliteFile
from salus.vault.errors import DamagedKeyDatabase, TornKeyDatabase

_Read = TypeVar("_Read")


class Looking:
    """What was found when all of a key database was last looked at."""

    def __init__(self, database: SqliteFile, is_whole: Callable[[], bool]) -> None:
        self._db, self._is_whole = database, is_whole
        self._torn = self._damaged = self._examined = False

    @property
    def is_sound(self) -> bool:
        """Whether every row that belongs here is here, and is found."""
        return not (self._torn or self._damaged)

    def look(self) -> None:
        """Look at all of it."""
        with self._db.transaction():
            place = self._db.place()
            self._damaged = bool(self._db.damage(1))
            self._torn = not self._is_whole()
            self._db.see(place)

    def look_again(self) -> None:
        """Look at all of it where somebody else changed the file."""
        if not self._db.is_as_seen():
            self.look()

    def reading(self, read: Callable[[], _Read]) -> _Read:
        """Read what was looked at.

        Raises:
            TornKeyDatabase: Rows were deleted or put back by somebody else.
            DamagedKeyDatabase: Rows that are there are not found.
        """
        found = read()
        while not self._db.is_as_seen():
            self.look()
            found = read()
        self.require_sound()
        return found

    def require_sound(self) -> None:
        """Go on only where every row is here, and is found; see :meth:`reading`."""
        if self._damaged and not self._examined:
            raise DamagedKeyDatabase(self._db.url)
        if self._torn and not self._examined:
            raise TornKeyDatabase(self._db.url)

    @contextmanager
    def examined(self) -> Iterator[None]:
        """Read what is there, although rows were deleted, put back or hidden."""
        before, self._examined = self._examined, True
        try:
            yield
        finally:
            self._examined = before

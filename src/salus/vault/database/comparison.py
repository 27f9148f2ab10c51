"""Whether a key database opens nothing that was erased: an older copy is compared first."""

from __future__ import annotations

from collections.abc import Callable

from salus.vault.database.looking import Looking
from salus.vault.database.sqlite import SqliteFile
from salus.vault.storage.errors import KeyDatabaseNotCompared


class Comparison:
    """The comparison of one key database with the chain: due once for each copy of its file."""

    def __init__(self, database: SqliteFile, looking: Looking) -> None:
        self._db, self._looking = database, looking
        self._compare: Callable[[], object] | None = None
        self._under_way = False

    @property
    def holds(self) -> bool:
        """Whether the file is the one that was compared with the chain, or what came of it here."""
        return self._db.is_compared()

    def mark(self) -> None:
        """Note that what was erased by what the chain says is erased here too."""
        self._looking.look_again()
        if self._looking.is_sound:
            self._db.mark_compared()

    def set(self, compare: Callable[[], object]) -> None:
        """Set how to compare when that is needed: it erases what was erased, and calls `mark`."""
        self._compare = compare

    def require(self) -> None:
        """Go on only with a store that opens nothing that was erased.

        Raises:
            SalusError: As the comparison says.
        """
        with self._db.alone():  # another thread waits, and finds it compared
            if not self._under_way and not self.holds:
                self._run()
            if not self.holds:
                raise KeyDatabaseNotCompared(self._db.url)

    def _run(self) -> None:
        self._under_way = True  # what compares may not open anything meanwhile
        try:
            if self._compare is not None:
                self._compare()
        finally:
            self._under_way = False

"""What a database of ours holds, and in which format: another's file is refused and not touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from salus.errors import StorageError
from salus.primitives.values import typed

Refusal: TypeAlias = Callable[[str, str], StorageError]
"""Makes the error of a room from a database's URL and a reason."""


@dataclass(frozen=True, slots=True)
@typed
class Schema:
    """The tables of one kind of database.

    A change is undone from a journal beside the file by default: a write-ahead log
    needs room even to be read, and there may be none.
    """

    kind: str
    format: int
    statements: tuple[str, ...]
    pragmas: tuple[str, ...] = ()
    journal: str = "DELETE"

    def is_in(self, connection: sqlite3.Connection) -> bool:
        """Whether a database is of this format."""
        return self._found(connection) == self.format

    def is_unchanged_in(self, connection: sqlite3.Connection) -> bool:
        """Whether a database has its tables and nothing else: SQLite runs triggers and views."""
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {each.strip() for [each] in found} == {each.strip() for each in self.statements}

    def problem_of(self, connection: sqlite3.Connection) -> str | None:
        """Tell why a database is not used: it is of another format, or of another program."""
        # Tables and format come in one step: tables that are seen have their format by then.
        held = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
        found = self._found(connection)
        if found == self.format:
            return None
        if found:
            newer = "update Salus, or name another file"
            older = "it is older: open it with the Salus that made it"
            advice = newer if found > self.format else older
            return f"it is of format {found}, and this Salus knows {self.format}: {advice}"
        if held:
            return f"it has tables that are not those of {self.kind}: name another file"
        return None

    def make(self, connection: sqlite3.Connection) -> str | None:
        """Make the tables in a database that holds nothing; tell why not in another."""
        problem = self.problem_of(connection)
        if problem is not None or self.is_in(connection):  # another process made them meanwhile
            return problem
        for statement in self.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {self.format}")
        return None

    def _found(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

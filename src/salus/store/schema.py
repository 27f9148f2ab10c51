"""What a database of ours holds, and in which format: another's file is refused and not touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from salus.errors import StorageError
from salus.primitives.values import typed

Refusal: TypeAlias = Callable[[str, str], StorageError]
"""Makes the error of a room from a database's URL and a reason."""

_STATISTICS = (
    ("table", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    ("table", "sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
)
"""What ANALYZE makes, as maintenance tools run it."""
_NAMED = 4


@dataclass(frozen=True, slots=True)
@typed
class Schema:
    """The tables of one kind of database.

    A change is undone from a journal beside the file by default: a write-ahead log
    needs room even to be read, and there may be none. ``restored`` says, after a colon, how tables
    come back that are gone.
    """

    kind: str
    format: int
    statements: tuple[str, ...]
    pragmas: tuple[str, ...] = ()
    journal: str = "DELETE"
    restored: str = ""

    def is_in(self, connection: sqlite3.Connection) -> bool:
        """Whether a database is of this format."""
        return self._found(connection) == self.format

    def change_in(self, connection: sqlite3.Connection) -> str | None:
        """Tell what a database has besides its tables, or instead of them, and what to do.

        SQLite runs triggers and views that others put there. Its own statistics say nothing that
        changes what is read.
        """
        found = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        made = _made_by(self.statements)
        more = [each for each in found if each not in made and each not in _STATISTICS]
        others = f"its tables are not those of {self.kind}"
        if len(found) != len({*found}) or not made <= {*found} or not all(map(_can_go, more)):
            return others + self.restored
        if not more:
            return None
        named = ", ".join(f"the {kind} {_quoted(name)}" for kind, name, _ in more[:_NAMED])
        drop = "; ".join(_dropping(kind, name) for kind, name, _ in more[:_NAMED])
        rest = f", and {len(more) - _NAMED} more" if len(more) > _NAMED else ""
        return (
            f"{others} alone: another program put {named}{rest} there. Keep that program away from"
            f" this file, then take out what it made in SQLite's shell ({drop}{rest}): that loses"
            " nothing"
        )

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


@cache
def _made_by(statements: tuple[str, ...]) -> frozenset[tuple[str, str, str | None]]:
    """What SQLite notes of tables and indexes that it makes: kind, name, and how they are made."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        return frozenset(connection.execute("SELECT type, name, sql FROM sqlite_master"))


def _can_go(row: tuple[str, str, str | None]) -> bool:
    """Whether SQLite can drop it: what it keeps for itself, it cannot."""
    _, name, sql = row
    return sql is not None and not name.startswith("sqlite_")


def _dropping(kind: str, name: str) -> str:
    """What takes it out; with a search index go the tables that it made for itself."""
    return f"DROP {kind.upper()} IF EXISTS {_quoted(name)}"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"' if name.isprintable() else ascii(name)

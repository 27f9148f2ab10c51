"""Notices that are to be sent: written with what they tell of, and kept until they were taken.

Example:
    >>> import sqlite3
    >>> db = sqlite3.connect(":memory:", isolation_level=None)
    >>> for statement in TABLES:
    ...     _ = db.execute(statement)
    >>> note(db, READ, first=1, last=2, events=3)  # nobody wants any
    >>> subscribe(db, b"somebody")
    >>> note(db, READ, first=3, last=4, events=5)
    >>> [(each.kind, each.first, each.events) for each in waiting(db, most=9)]
    [('blocks.read', 3, 5)]
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.index.rows import PLACES
from salus.primitives.values import typed

if TYPE_CHECKING:
    import sqlite3

READ, UNDONE, FINAL = "blocks.read", "blocks.undone", "blocks.final"
TABLES = (
    "CREATE TABLE hook (id INTEGER PRIMARY KEY CHECK (id = 1), target BLOB NOT NULL)",
    "CREATE TABLE outgoing (number INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL, at INTEGER NOT NULL)",
)


@dataclass(frozen=True, slots=True)
@typed
class OutgoingNotice:
    """A notice that nobody has taken yet.

    Attributes:
        number: Its place in the queue.
        name: What it is called however often it is sent.
        kind: ``blocks.read``, ``blocks.undone`` or ``blocks.final``.
        first: Number of the first block that it is of.
        last: Number of the last one.
        events: How many events were in them.
        at: When that was noted, Unix seconds.
    """

    number: int
    name: str
    kind: str
    first: int
    last: int
    events: int
    at: int


def subscribe(db: sqlite3.Connection, target: bytes) -> None:
    """Keep notices for a target, named by its digest, from now on; those of another go."""
    if not told(db, target):
        db.execute("DELETE FROM outgoing")
        db.execute("INSERT OR REPLACE INTO hook VALUES (1, ?)", (target,))


def note(
    db: sqlite3.Connection, kind: str, *, first: int, last: int, events: int | None = None
) -> None:
    """Keep a notice, where somebody wants notices; events are counted where no number is given."""
    if db.execute("SELECT 1 FROM hook").fetchone() is None:
        return
    many = count_in(db, first=first, last=last) if events is None else events
    values = (f"msg_{secrets.token_hex(16)}", kind, first, last, many, int(time.time()))
    db.execute("INSERT INTO outgoing VALUES (NULL, ?, ?, ?, ?, ?, ?)", values)


def count_in(db: sqlite3.Connection, *, first: int, last: int) -> int:
    """How many events there are in some blocks."""
    query = "SELECT count(*) FROM events WHERE place >= ? AND place < ?"
    [found] = db.execute(query, (first * PLACES, (last + 1) * PLACES)).fetchone()
    return int(found)


def unsubscribe(db: sqlite3.Connection, target: bytes | None = None) -> int:
    """Keep notices no longer, for a target if named, else for any; how many were let go."""
    if target is not None and not told(db, target):
        return 0
    db.execute("DELETE FROM hook")
    return db.execute("DELETE FROM outgoing").rowcount


def told(db: sqlite3.Connection, target: bytes) -> bool:
    """Whether it is this target that notices are kept for."""
    return db.execute("SELECT 1 FROM hook WHERE target = ?", (target,)).fetchone() is not None


def waiting(db: sqlite3.Connection, *, most: int) -> list[OutgoingNotice]:
    """The oldest notices."""
    found = db.execute("SELECT * FROM outgoing ORDER BY number LIMIT ?", (most,)).fetchall()
    return [OutgoingNotice(*each) for each in found]


def taken(db: sqlite3.Connection, notice: OutgoingNotice) -> None:
    """Forget one that was taken."""
    db.execute("DELETE FROM outgoing WHERE name = ?", (notice.name,))

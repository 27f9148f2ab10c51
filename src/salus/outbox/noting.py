"""What became of acts, noted in the outbox's file; each runs within a transaction of it.

Example:
    >>> import sqlite3
    >>> number_of(sqlite3.connect(":memory:"), "0x")
    Traceback (most recent call last):
    sqlite3.OperationalError: no such table: attempts
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.chain.sending.watcher import Mined
from salus.errors import SalusError
from salus.outbox.entries import State
from salus.outbox.rows import IS_OPEN

if TYPE_CHECKING:
    import sqlite3

_OF = "id = (SELECT entry FROM attempts WHERE hash = ?)"
_ITS = f"{IS_OPEN} AND {_OF}"
_NOTE_MINED = (
    "UPDATE OR IGNORE entries SET state = 'mined', changed = ?, mined = ?, block = ?,"  # noqa: S608
    f" block_hash = ?, succeeded = ?, error = NULL WHERE ({IS_OPEN} OR state = 'refused') AND {_OF}"
)
_ONE_ATTEMPT = "(SELECT count(*) FROM attempts WHERE entry = entries.id) = 1"
_MARK_REPLACEMENT = (
    "UPDATE attempts SET refused = 1 WHERE hash = ? AND rowid >"
    " (SELECT min(rowid) FROM attempts AS first WHERE first.entry = attempts.entry)"
)
_DONE_UNNAMED = (
    "SELECT entry, hash FROM attempts JOIN entries ON entry = id"
    " WHERE hash = ? AND NOT withdraws AND name = ''"
)
_ENDED_WELL = "UPDATE entries SET seen = 1 WHERE id = ? AND error IS NULL"


def number_of(db: sqlite3.Connection, transaction: str) -> int | None:
    """The act that a transaction was signed for."""
    sql = "SELECT entry FROM attempts WHERE hash = ?"
    found = db.execute(sql, (transaction,)).fetchone()
    return None if found is None else int(found[0])


def note_mined(db: sqlite3.Connection, mined: Sequence[Mined]) -> None:
    """Note in which blocks acts are."""
    now = time.time()
    db.executemany(
        _NOTE_MINED,
        ((now, m.hash, m.block_number, m.block_hash, m.succeeded, m.hash) for m in mined),
    )


def close_all_mined(db: sqlite3.Connection, mined: Sequence[Mined]) -> list[int]:
    """Close what is mined for good; give what was forgotten, as it is done and has no name."""
    succeeded = [(each.hash,) for each in mined if each.succeeded]
    done = [found for one in succeeded for found in db.execute(_DONE_UNNAMED, one).fetchall()]
    db.executemany("DELETE FROM entries WHERE id = ?", [(number,) for number, _ in done])
    forgotten = {transaction for _, transaction in done}
    others = [close_mined(db, each) for each in mined if each.hash not in forgotten]
    return [number for number in (*(each for each, _ in done), *others) if number is not None]


def close_mined(db: sqlite3.Connection, mined: Mined) -> int | None:
    """Close one as :func:`close_all_mined` does."""
    number = number_of(db, mined.hash)
    if number is None:
        return None
    withdraws, name = db.execute(
        "SELECT withdraws, name FROM attempts JOIN entries ON entry = id WHERE hash = ?",
        (mined.hash,),
    ).fetchone()
    if mined.succeeded and not withdraws and not name:
        db.execute("DELETE FROM entries WHERE id = ?", (number,))
        return number
    note_mined(db, [mined])
    state = State.WITHDRAWN if withdraws else State.DONE if mined.succeeded else State.FAILED
    error = ", error = NULL" if state is State.DONE else ""
    sql = f"UPDATE entries SET state = ?, changed = ?{error} WHERE id = ?"  # noqa: S608
    db.execute(sql, (state, time.time(), number))
    return None


def open_again(db: sqlite3.Connection, transaction: str) -> None:
    """Note that the chain took back the block that an act was in."""
    sql = f"UPDATE entries SET state = 'sent', changed = ? WHERE {_ITS}"  # noqa: S608
    db.execute(sql, (time.time(), transaction))


def fail(db: sqlite3.Connection, transaction: str, *, refusal: SalusError | None) -> bool:
    """Close what a node refuses, or what another transaction overtook; whether that was possible.

    What is refused says nothing of what was handed in before it on the same nonce: the act goes on
    with that.
    """
    state = State.OVERTAKEN if refusal is None else State.REFUSED
    only = "" if refusal is None else f" AND {_ONE_ATTEMPT}"
    if refusal is not None:
        db.execute(_MARK_REPLACEMENT, (transaction,))
    sql = f"UPDATE entries SET state = ?, changed = ?, error = ? WHERE {_ITS}{only}"  # noqa: S608
    error = None if refusal is None else str(refusal)
    return db.execute(sql, (state, time.time(), error, transaction)).rowcount > 0


def note_seen(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Note that who called saw the end: an equal act is another one from here on.

    It stays so where the chain takes the end back: this act is handed in again, for itself.
    """
    db.executemany(_ENDED_WELL, [(each,) for each in numbers])


def note_error(db: sqlite3.Connection, numbers: Sequence[int], error: SalusError) -> None:
    """Note what a call ended with."""
    rows = [(str(error), each) for each in numbers]
    db.executemany("UPDATE entries SET error = ? WHERE id = ?", rows)

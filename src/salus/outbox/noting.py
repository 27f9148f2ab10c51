"""What became of acts, noted in the outbox's file; each runs within a transaction of it.

Example:
    >>> from salus.outbox.file import OutboxFile
    >>> with OutboxFile("memory:").reading() as db:
    ...     number_of(db, "0x") is None
    True
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from salus.chain.sending.watcher import Mined
from salus.errors import SalusError
from salus.outbox.entries import State
from salus.outbox.place import OutboxRows
from salus.outbox.rows import IS_OPEN

_OF = "id = (SELECT entry FROM attempts WHERE hash = ?)"
_ITS = f"{IS_OPEN} AND {_OF}"
_NOTE_MINED = (
    "UPDATE entries SET state = 'mined', changed = ?, mined = ?, block = ?, block_hash = ?,"  # noqa: S608
    f" succeeded = ?, error = NULL WHERE ({IS_OPEN} OR state = 'refused') AND {_OF}"
    " AND NOT EXISTS (SELECT 1 FROM entries AS other WHERE other.id <> entries.id"
    " AND other.chain = entries.chain AND other.account = entries.account"
    " AND other.nonce = entries.nonce AND other.state IN ('sent', 'mined'))"
)
"""Not where its nonce was given to another act that is open: what was refused waits for nothing."""
_ONE_ATTEMPT = "(SELECT count(*) FROM attempts WHERE entry = entries.id) = 1"
_MARK_REPLACEMENT = (
    "UPDATE attempts SET refused = 1 WHERE hash = ? AND rowid >"
    " (SELECT min(rowid) FROM attempts AS first WHERE first.entry = attempts.entry)"
)
_AT_ONCE = 200
"""So many transactions are looked for in one statement."""
_SUPERSEDED = 2
"""Of ``seen``: its call did it by another act."""
_ENDED_WELL = "UPDATE entries SET seen = 1 WHERE id = ? AND error IS NULL"


def number_of(db: OutboxRows, transaction: str) -> int | None:
    """The act that a transaction was signed for."""
    found = db.fetch("SELECT entry FROM attempts WHERE hash = ?", transaction)
    return int(found[0][0]) if found else None


def numbers_of(db: OutboxRows, transactions: Sequence[str], *, only: str = "") -> dict[str, int]:
    """The acts that transactions were signed for, where there are any."""
    found: dict[str, int] = {}
    for start in range(0, len(transactions), _AT_ONCE):
        some = transactions[start : start + _AT_ONCE]
        places = ", ".join("?" * len(some))
        sql = f"SELECT hash, id FROM attempts JOIN entries ON entry = id WHERE hash IN ({places})"  # noqa: S608
        found |= {transaction: int(number) for transaction, number in db.fetch(sql + only, *some)}
    return found


def note_mined(db: OutboxRows, mined: Sequence[Mined]) -> None:
    """Note in which blocks acts are."""
    now = time.time()
    db.change_all(
        _NOTE_MINED,
        (
            (now, m.hash, m.block_number, m.block_hash, int(m.succeeded), m.hash)
            for m in sorted(mined, key=lambda one: one.hash)  # as all do who note them
        ),
    )


def close_all_mined(db: OutboxRows, mined: Sequence[Mined]) -> list[int]:
    """Close what is mined for good; give what was forgotten, as it is done and has no name."""
    succeeded = [each.hash for each in mined if each.succeeded]
    done = numbers_of(db, succeeded, only=" AND withdraws = 0 AND name = ''")
    db.change_all("DELETE FROM entries WHERE id = ?", [(each,) for each in sorted(done.values())])
    others = [close_mined(db, each) for each in mined if each.hash not in done]
    return [number for number in (*done.values(), *others) if number is not None]


def close_mined(db: OutboxRows, mined: Mined) -> int | None:
    """Close one as :func:`close_all_mined` does."""
    found = db.fetch(
        "SELECT id, withdraws, name, seen FROM attempts JOIN entries ON entry = id WHERE hash = ?",
        mined.hash,
    )
    if not found:
        return None
    [(number, withdraws, name, seen)] = found
    if (mined.succeeded or seen == _SUPERSEDED) and not withdraws and not name:
        db.fetch("DELETE FROM entries WHERE id = ?", number)
        return int(number)
    note_mined(db, [mined])
    state = State.WITHDRAWN if withdraws else State.DONE if mined.succeeded else State.FAILED
    error = ", error = NULL" if state is State.DONE else ""
    sql = f"UPDATE entries SET state = ?, changed = ?{error} WHERE id = ?"  # noqa: S608
    db.fetch(sql, state.value, time.time(), number)
    return None


def open_again(db: OutboxRows, transaction: str) -> None:
    """Note that the chain took back the block that an act was in."""
    sql = f"UPDATE entries SET state = 'sent', changed = ? WHERE {_ITS}"  # noqa: S608
    db.fetch(sql, time.time(), transaction)


def fail(db: OutboxRows, transaction: str, *, refusal: SalusError | None) -> bool:
    """Close what a node refuses, or what another transaction overtook; whether that was possible.

    What is refused says nothing of what was handed in before it on the same nonce: the act goes on
    with that.
    """
    state = State.OVERTAKEN if refusal is None else State.REFUSED
    only = "" if refusal is None else f" AND {_ONE_ATTEMPT}{db.sole}"
    if refusal is not None:
        db.fetch(_MARK_REPLACEMENT, transaction)
    sql = f"UPDATE entries SET state = ?, changed = ?, error = ? WHERE {_ITS}{only} RETURNING id"  # noqa: S608
    error = None if refusal is None else str(refusal)
    return bool(db.fetch(sql, state.value, time.time(), error, transaction))


def note_seen(db: OutboxRows, numbers: Sequence[int]) -> None:
    """Note that who called saw the end: an equal act is another one from here on.

    It stays so where the chain takes the end back: this act is handed in again, for itself.
    """
    db.change_all(_ENDED_WELL, [(each,) for each in sorted(numbers)])


def supersede(db: OutboxRows, transaction: str) -> None:
    """Forget an act that reverted and was made anew; where it is not closed, when it is.

    One that has a name stays: it is answered by that name.
    """
    failed = "state = 'failed' AND name = ''"
    db.fetch(f"DELETE FROM entries WHERE {failed} AND {_OF}", transaction)  # noqa: S608
    db.fetch(f"UPDATE entries SET seen = ? WHERE {_ITS}", _SUPERSEDED, transaction)  # noqa: S608


def note_error(db: OutboxRows, numbers: Sequence[int], error: SalusError) -> None:
    """Note what a call ended with."""
    rows = [(str(error), each) for each in sorted(numbers)]
    db.change_all("UPDATE entries SET error = ? WHERE id = ?", rows)

"""Entries as they stand in the outbox's file, each held against what was signed for it.

Example:
    >>> entries_of(OutboxJournal(place_at("memory:"), chain=lambda: "31337:", confirmations=0))
    []
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable

from salus.outbox.entries import OutboxCheck, OutboxEntry, State
from salus.outbox.errors import OutboxMissing, OutboxUnavailable
from salus.outbox.journal import OutboxJournal
from salus.outbox.opening import place_at
from salus.outbox.rows import IS_OPEN, OutboxRow, read
from salus.store.postgres import is_postgres

_OPEN = frozenset(each.value for each in State if each.is_open)


def entries_of(journal: OutboxJournal) -> list[OutboxEntry]:
    """List the entries of a journal's chain, oldest first.

    Raises:
        OutboxForged: One of them is not what was signed for it.
    """
    where = journal.chain
    with journal.file.reading() as db:
        rows = read(db, "chain = ?", where)
    for row in rows:
        journal.checks.act(row)
    live = _live(journal, rows)
    return [_entry(row, live) for row in rows]


def check(journal: OutboxJournal) -> OutboxCheck:
    """Read the whole file, and say what of it is damaged, forged, or sound."""
    try:
        with journal.file.reading() as db:
            damage, rows = db.damage(), read(db, "1 = 1")
    except OutboxUnavailable as error:
        return OutboxCheck(damage=error.reason)
    flaws = {row.number: journal.checks.flaw(row) for row in rows}
    sound = [row for row in rows if flaws[row.number] is None]
    live = _live(journal, sound)
    return OutboxCheck(
        damage=damage,
        forged={number: flaw for number, flaw in flaws.items() if flaw is not None},
        entries=tuple(_entry(row, live) for row in sound),
    )


def check_alone(where: str) -> OutboxCheck:
    """Read the whole of an outbox, with acts on every chain; no node is asked.

    Raises:
        OutboxMissing: There is none; it is not made.
    """
    require_there(where)
    journal = OutboxJournal(place_at(where, make=False), chain=str, confirmations=0)
    try:
        return check(journal)
    finally:
        journal.close()


def require_there(where: str) -> None:
    """Refuse to look where there is none: who looks makes neither a file nor tables.

    Raises:
        OutboxMissing: There is none.
    """
    place = place_at(where, make=False)
    if place.file is not None and not place.file.exists():
        raise OutboxMissing(str(place.file))
    if is_postgres(where):
        count_open(where)


def count_open(where: str) -> int:
    """Count what is under way, or was left open.

    Raises:
        OutboxMissing: There is none in that database.
        OutboxUnavailable: It cannot be used.
    """
    place = place_at(where, make=False)
    try:
        with place.reading() as db:
            [[found]] = db.fetch(f"SELECT count(*) FROM entries WHERE {IS_OPEN}")  # noqa: S608
        return int(found)
    finally:
        place.close()


def late(entries: Iterable[OutboxEntry], *, older: float) -> list[OutboxEntry]:
    """List what needs a person: open for more than so many seconds, or not done unasked."""
    ended = (State.DONE, State.WITHDRAWN)
    limit = time.time() - older
    return [
        each
        for each in entries
        if (each.begun < limit if each.state.is_open else each.state not in ended)
    ]


def _live(journal: OutboxJournal, rows: Iterable[OutboxRow]) -> set[int]:
    acts = ((row.number, row.holder) for row in rows if row.state in _OPEN)
    return journal.under_way.among(acts)


def _entry(row: OutboxRow, live: Container[int]) -> OutboxEntry:
    state = State(row.state)
    return OutboxEntry(
        id=row.number,
        name=row.name,
        account=row.account,
        nonce=row.nonce,
        to=row.target,
        data=row.data,
        value=int(row.value),
        gas=row.gas,
        state=state,
        begun=row.begun,
        changed=row.changed,
        error=row.error,
        transactions=tuple(transaction for transaction, *_ in row.attempts),
        block_number=row.block,
        live=row.number in live,
    )

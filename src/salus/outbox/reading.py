"""Entries as they stand in the outbox's file, each held against what was signed for it.

Example:
    >>> from salus.outbox.file import OutboxFile
    >>> from salus.outbox.journal import OutboxJournal
    >>> entries_of(OutboxJournal(OutboxFile("memory:"), chain=lambda: "31337:", confirmations=0))
    []
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.outbox.entries import OutboxCheck, OutboxEntry, State
from salus.outbox.errors import OutboxUnavailable
from salus.outbox.rows import OutboxRow, read

if TYPE_CHECKING:
    from salus.outbox.journal import OutboxJournal


def entries_of(journal: OutboxJournal) -> list[OutboxEntry]:
    """List the entries of a journal's chain, oldest first.

    Raises:
        OutboxForged: One of them is not what was signed for it.
    """
    where = (journal.chain,)
    with journal.file.reading() as db:
        rows = read(db, "chain = ?", where)
    for row in rows:
        journal.checks.act(row)
    return [_entry(journal, row) for row in rows]


def check(journal: OutboxJournal) -> OutboxCheck:
    """Read the whole file, and say what of it is damaged, forged, or sound."""
    try:
        with journal.file.reading() as db:
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            rows = read(db, "1")
    except OutboxUnavailable as error:
        return OutboxCheck(damage=error.reason)
    flaws = {row.number: journal.checks.flaw(row) for row in rows}
    return OutboxCheck(
        damage=None if found == "ok" else str(found),
        forged={number: flaw for number, flaw in flaws.items() if flaw is not None},
        entries=tuple(_entry(journal, row) for row in rows if flaws[row.number] is None),
    )


def _entry(journal: OutboxJournal, row: OutboxRow) -> OutboxEntry:
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
        transactions=tuple(transaction for transaction, _, _ in row.attempts),
        block_number=row.block,
        live=state.is_open and journal.under_way.has(row.number, row.holder),
    )

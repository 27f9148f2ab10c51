"""Entries as they stand in the outbox's file.

Example:
    >>> from salus.outbox.file import OutboxFile
    >>> from salus.outbox.journal import OutboxJournal
    >>> file = OutboxFile.open("memory:")
    >>> entries_of(OutboxJournal(file, chain=lambda: "31337", confirmations=0))
    []
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from salus.outbox.entries import OutboxEntry, State

if TYPE_CHECKING:
    from salus.outbox.journal import OutboxJournal


def entries_of(journal: OutboxJournal) -> list[OutboxEntry]:
    """List the entries of a journal's chain, oldest first."""
    where = (journal.chain,)
    with journal.file.reading() as db:
        rows = db.execute(
            "SELECT id, name, account, nonce, target, data, value, gas, state, begun, changed,"
            " error, block, holder FROM entries WHERE chain = ? ORDER BY id",
            where,
        ).fetchall()
        pairs = db.execute(
            "SELECT entry, hash FROM attempts JOIN entries ON entry = id"
            " WHERE chain = ? ORDER BY attempts.rowid",
            where,
        ).fetchall()
    hashes: defaultdict[int, list[str]] = defaultdict(list)
    for entry, transaction in pairs:
        hashes[entry].append(transaction)
    return [
        OutboxEntry(
            id=row[0],
            name=row[1],
            account=row[2],
            nonce=row[3],
            to=row[4],
            data=bytes(row[5]),
            value=int(row[6]),
            gas=row[7],
            state=State(row[8]),
            begun=row[9],
            changed=row[10],
            error=row[11],
            transactions=tuple(hashes[row[0]]),
            block_number=row[12],
            live=State(row[8]).is_open and journal.under_way.has(row[0], row[13]),
        )
        for row in rows
    ]

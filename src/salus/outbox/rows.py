"""Acts as rows of the outbox's file, and back.

Example:
    >>> content_of(TransactionRequest("0x" + "11" * 20, b"act")).hex()[:8]
    '03bbb31e'
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from salus.chain.sending.acts import Attempt, SignedTransaction, TransactionRequest
from salus.outbox.entries import State
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    import sqlite3

OPEN = "state IN ('sent', 'mined')"
"""Of a row: it may still come to something else."""


def content_of(request: TransactionRequest) -> bytes:
    """Digest of what an act does, by which it is found again."""
    target, value = octets_of(request.to), request.value.to_bytes(32, "big")
    return sha256(target + value + request.data).digest()


def insert(
    db: sqlite3.Connection,
    chain: str,
    signed: Sequence[SignedTransaction],
    *,
    holder: str,
    now: float,
) -> list[int]:
    """Add acts with their first attempts; return their numbers."""
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
    numbers = [last + 1 + place for place in range(len(signed))]
    db.executemany(
        "INSERT INTO entries (id, chain, account, nonce, name, content, target, data, value, gas,"
        " state, holder, begun, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(number, chain, one.sender, one.nonce, one.request.act, content_of(one.request)),
                *(one.request.to, one.request.data, str(one.request.value), one.gas),
                *(State.SENT, holder, now, now),
            )
            for number, one in zip(numbers, signed, strict=True)
        ),
    )
    db.executemany(
        "INSERT INTO attempts VALUES (?, ?, ?, 0)",
        ((one.transaction, number, one.raw) for number, one in zip(numbers, signed, strict=True)),
    )
    return numbers


def forget_replaced(
    db: sqlite3.Connection, chain: str, signed: Sequence[SignedTransaction]
) -> None:
    """Forget acts that never happened, and are bound anew by this very transaction.

    What a node refused is signed to the same bytes when it is sent again.
    """
    db.executemany(
        f"DELETE FROM entries WHERE NOT {OPEN}"  # noqa: S608
        " AND id = (SELECT entry FROM attempts WHERE hash = ?)",
        ((one.transaction,) for one in signed),
    )
    db.executemany(
        "DELETE FROM entries WHERE chain = ? AND account = ? AND content = ? AND name = ''"
        " AND state = 'overtaken'",
        ((chain, one.sender, content_of(one.request)) for one in signed if not one.request.act),
    )
    db.executemany(
        f"DELETE FROM entries WHERE chain = ? AND name = ? AND NOT {OPEN} AND state <> 'done'",  # noqa: S608
        ((chain, one.request.act) for one in signed if one.request.act),
    )


def attempts_of(db: sqlite3.Connection, number: int) -> tuple[Attempt, ...]:
    """List all that was signed for an act, oldest first."""
    rows = db.execute(
        "SELECT hash, raw, withdraws, account, nonce, target, data, value, gas, name"
        " FROM attempts JOIN entries ON entry = id WHERE id = ? ORDER BY attempts.rowid",
        (number,),
    )
    return tuple(
        Attempt(
            SignedTransaction(
                bytes(raw),
                transaction,
                TransactionRequest(target, bytes(data), value=int(value), act=name),
                account,
                nonce,
                gas,
            ),
            bool(withdraws),
        )
        for transaction, raw, withdraws, account, nonce, target, data, value, gas, name in rows
    )

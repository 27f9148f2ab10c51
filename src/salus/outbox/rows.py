"""Acts as rows of the outbox's file, and back.

Example:
    >>> content_of(TransactionRequest("0x" + "11" * 20, b"act")).hex()[:8]
    '03bbb31e'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from salus.chain.sending.acts import SignedTransaction, TransactionRequest
from salus.outbox.entries import State
from salus.primitives.values import typed
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    import sqlite3

IS_OPEN = "state IN ('sent', 'mined')"
"""Of a row: it may still come to something else."""
_COLUMNS = (
    "id, chain, account, nonce, name, content, target, data, value, gas, state, holder, begun,"
    " changed, error, block"
)


@dataclass(frozen=True, slots=True)
@typed
class OutboxRow:
    """One act as the file has it: whoever may write there may have changed anything."""

    attempts: tuple[tuple[Any, Any, Any, Any], ...]
    """Hash, raw transaction, whether it withdraws, and was refused, oldest first."""
    number: int
    chain: Any
    account: Any
    nonce: Any
    name: Any
    content: Any
    target: Any
    data: Any
    value: Any
    gas: Any
    state: Any
    holder: Any
    begun: Any
    changed: Any
    error: Any
    block: Any


def read(db: sqlite3.Connection, where: str, values: Sequence[object] = ()) -> list[OutboxRow]:
    """Read acts, in the order of their numbers; nothing of it is believed yet."""
    found = _fetched(db, f"SELECT {_COLUMNS} FROM entries WHERE {where} ORDER BY id", values)  # noqa: S608
    attempts: defaultdict[int, list[tuple[Any, Any, Any, Any]]] = defaultdict(list)
    signed = _fetched(
        db,
        "SELECT entry, hash, raw, withdraws, refused FROM attempts WHERE entry IN"  # noqa: S608
        f" (SELECT id FROM entries WHERE {where}) ORDER BY rowid",
        values,
    )
    for number, *attempt in signed:
        attempts[number].append((attempt[0], attempt[1], attempt[2], attempt[3]))
    return [OutboxRow(tuple(attempts[row[0]]), *row) for row in found]


def _fetched(db: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[Any]:
    """Read whole: a cursor that an error leaves behind keeps the file as it was then."""
    with closing(db.cursor()) as cursor:
        return cursor.execute(sql, values).fetchall()


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
    numbers = _next_numbers(db, len(signed))
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
        "INSERT INTO attempts VALUES (?, ?, ?, 0, 0)",
        ((one.transaction, number, one.raw) for number, one in zip(numbers, signed, strict=True)),
    )
    return numbers


def _next_numbers(db: sqlite3.Connection, many: int) -> list[int]:
    """Numbers that no act had before: people name acts by them, and so do live calls."""
    (last,) = db.execute(
        "SELECT max(coalesce((SELECT max(last) FROM numbers WHERE last < 1 << 53), 0),"
        " coalesce((SELECT max(id) FROM entries WHERE id < 1 << 53), 0))"
    ).fetchone()
    db.execute("DELETE FROM numbers")
    db.execute("INSERT INTO numbers VALUES (?)", (last + many,))
    return [last + 1 + place for place in range(many)]


def forget_replaced(
    db: sqlite3.Connection, chain: str, signed: Sequence[SignedTransaction]
) -> None:
    """Forget acts that never happened, and are bound anew by this very transaction.

    What a node refused is signed to the same bytes when it is sent again.
    """
    db.executemany(
        f"DELETE FROM entries WHERE NOT {IS_OPEN}"  # noqa: S608
        " AND id = (SELECT entry FROM attempts WHERE hash = ?)",
        ((one.transaction,) for one in signed),
    )
    db.executemany(
        "DELETE FROM entries WHERE chain = ? AND account = ? AND content = ? AND name = ''"
        " AND state IN ('overtaken', 'refused')",
        ((chain, one.sender, content_of(one.request)) for one in signed if not one.request.act),
    )
    db.executemany(
        f"DELETE FROM entries WHERE chain = ? AND name = ? AND NOT {IS_OPEN} AND state <> 'done'",  # noqa: S608
        ((chain, one.request.act) for one in signed if one.request.act),
    )

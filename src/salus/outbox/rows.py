"""Acts as rows of the outbox's file, and back.

Example:
    >>> content_of(TransactionRequest("0x" + "11" * 20, b"act")).hex()[:8]
    '03bbb31e'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from salus.chain.sending.acts import SignedTransaction, TransactionRequest
from salus.outbox.entries import State
from salus.outbox.place import OutboxRows
from salus.primitives.values import typed
from salus_verify.encoding import octets_of

IS_OPEN = "state IN ('sent', 'mined')"
"""Of a row: it may still come to something else."""
_COLUMNS = (
    "id, chain, account, nonce, name, content, target, data, value, gas, state, holder, begun,"
    " changed, error, block"
)
_MOST = 1 << 53
"""Numbers from here on are nobody's who counts."""


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


def read(db: OutboxRows, where: str, *values: object) -> list[OutboxRow]:
    """Read acts, in the order of their numbers; nothing of it is believed yet.

    One statement: acts and what was signed for them are of one moment.
    """
    found = db.fetch(
        f"SELECT {_COLUMNS}, hash, raw, withdraws, refused FROM entries"  # noqa: S608
        f" LEFT JOIN attempts ON entry = id WHERE {where} ORDER BY id, attempts.rowid",
        *values,
    )
    acts: dict[int, tuple[Any, ...]] = {}
    attempts: dict[int, list[Any]] = {}
    for row in found:
        acts[row[0]] = row[:-4]
        signed = attempts.setdefault(row[0], [])
        if row[-4:] != (None, None, None, None):
            signed.append(row[-4:])
    return [OutboxRow(tuple(attempts[number]), *row) for number, row in acts.items()]


def content_of(request: TransactionRequest) -> bytes:
    """Digest of what an act does, by which it is found again."""
    target, value = octets_of(request.to), request.value.to_bytes(32, "big")
    return sha256(target + value + request.data).digest()


def insert(
    db: OutboxRows,
    chain: str,
    signed: Sequence[SignedTransaction],
    *,
    holder: str,
    now: float,
) -> list[int]:
    """Add acts with their first attempts; return their numbers."""
    numbers = _next_numbers(db, len(signed))
    db.change_all(
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
    db.change_all(
        "INSERT INTO attempts (hash, entry, raw, withdraws, refused) VALUES (?, ?, ?, 0, 0)",
        ((one.transaction, number, one.raw) for number, one in zip(numbers, signed, strict=True)),
    )
    return numbers


def _next_numbers(db: OutboxRows, many: int) -> list[int]:
    """Numbers that no act had before: people name acts by them, and so do live calls."""
    told = db.fetch(f"SELECT last FROM numbers{db.locked}")  # noqa: S608
    given = db.fetch("SELECT id FROM entries WHERE id < ? ORDER BY id DESC LIMIT 1", _MOST)
    last = max([0, *(each for [each] in told if each < _MOST), *(each for [each] in given)])
    if told:
        db.fetch("UPDATE numbers SET last = ?", last + many)
    else:
        db.fetch("INSERT INTO numbers VALUES (?)", last + many)
    return [last + 1 + place for place in range(many)]


def forget_replaced(db: OutboxRows, chain: str, signed: Sequence[SignedTransaction]) -> None:
    """Forget acts that never happened, and are bound anew by this very transaction.

    What a node refused is signed to the same bytes when it is sent again.
    """
    db.change_all(
        f"DELETE FROM entries WHERE NOT {IS_OPEN}"  # noqa: S608
        " AND id = (SELECT entry FROM attempts WHERE hash = ?)",
        ((one.transaction,) for one in signed),
    )
    db.change_all(
        "DELETE FROM entries WHERE chain = ? AND account = ? AND content = ? AND name = ''"
        " AND state IN ('overtaken', 'refused')",
        ((chain, one.sender, content_of(one.request)) for one in signed if not one.request.act),
    )
    db.change_all(
        f"DELETE FROM entries WHERE chain = ? AND name = ? AND NOT {IS_OPEN} AND state <> 'done'",  # noqa: S608
        ((chain, one.request.act) for one in signed if one.request.act),
    )

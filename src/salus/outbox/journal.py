"""The journal that a sender writes to, in the outbox's file.

Example:
    >>> from salus.outbox.file import OutboxFile
    >>> journal = OutboxJournal(OutboxFile.open("memory:"), chain=lambda: "31337", confirmations=0)
    >>> journal.bound("0x" + "11" * 20)
    frozenset()
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction, TransactionRequest
from salus.chain.sending.watcher import Mined
from salus.errors import SalusError
from salus.outbox.entries import State
from salus.outbox.errors import EntryDiffers
from salus.outbox.file import OutboxFile
from salus.outbox.naming import next_name
from salus.outbox.rows import OPEN, attempts_of, content_of, forget_replaced, insert
from salus.outbox.under_way import UnderWay
from salus.primitives.errors import StorageFull

if TYPE_CHECKING:
    import sqlite3

_log = logging.getLogger(__name__)
_ITS = f"{OPEN} AND id = (SELECT entry FROM attempts WHERE hash = ?)"  # noqa: S608
_SEEN = "state = ?, changed = ?, mined = ?, block = ?, block_hash = ?, succeeded = ?"
_NOTE_MINED = f"UPDATE entries SET {_SEEN} WHERE {_ITS}"  # noqa: S608

_HEEDED = "(state = 'mined' AND holder IS NULL)"
"""Of a row: its caller saw the end of it, so that an equal act is another one."""
_ONE_ATTEMPT = "(SELECT count(*) FROM attempts WHERE entry = entries.id) = 1"
_ENDED_WELL = "UPDATE entries SET holder = NULL WHERE id = ? AND state = 'mined' AND error IS NULL"


class OutboxJournal:
    """Acts on one chain; see `salus.chain.sending.journal.Journal`.

    Args:
        chain: Tells which chain, once that is asked for.
        confirmations: Blocks on top of its own after which an act is closed.
    """

    def __init__(self, file: OutboxFile, *, chain: Callable[[], str], confirmations: int) -> None:
        self.file, self._tell_chain, self.confirmations = file, chain, confirmations
        self.under_way = UnderWay(file.file)
        self._chain: str | None = None

    @property
    def chain(self) -> str:
        """The chain's name here."""
        if self._chain is None:
            self._chain = self._tell_chain()
        return self._chain

    def close(self) -> None:
        """Close the file; what is open stays so."""
        self.under_way.close()
        self.file.close()

    def _note(self, change: Callable[[sqlite3.Connection], object]) -> None:
        """Note what became of an act; on a full disk it is found out again later."""
        try:
            with self.file.writing() as db:
                change(db)
        except StorageFull as full:
            _log.warning("what became of an act is not written down: %s", full)

    def named(self, request: TransactionRequest) -> TransactionRequest:
        name = next_name()
        return replace(request, act=name) if name else request

    def find(self, requests: Sequence[TransactionRequest], sender: str) -> dict[int, LeftOpen]:
        chain = self.chain
        with self.file.writing() as db:
            found = (
                self._named(db, chain, each) if each.act else self._unnamed(db, chain, each, sender)
                for each in requests
            )
            return {place: left for place, left in enumerate(found) if left is not None}

    def turns(self, sender: str) -> int:
        where = (self.chain, sender)
        with self.file.reading() as db:
            sql = "SELECT taken FROM turns WHERE chain = ? AND account = ?"
            found = db.execute(sql, where).fetchone()
        return int(found[0]) if found else 0

    def bound(self, sender: str) -> frozenset[int]:
        where = (self.chain, sender)
        with self.file.reading() as db:
            sql = f"SELECT nonce FROM entries WHERE chain = ? AND account = ? AND {OPEN}"  # noqa: S608
            return frozenset(int(each) for (each,) in db.execute(sql, where))

    def orphans(self, sender: str, *, since: int) -> list[SignedTransaction]:
        where = (self.chain, sender, since)
        with self.file.reading() as db:
            rows = db.execute(
                f"SELECT id, holder FROM entries WHERE chain = ? AND account = ? AND nonce >= ?"  # noqa: S608
                f" AND {OPEN} ORDER BY nonce",
                where,
            ).fetchall()
            left = [number for number, holder in rows if not self.under_way.has(number, holder)]
            return [attempts_of(db, number)[-1].signed for number in left]

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        if not signed:
            return True
        chain, sender = self.chain, signed[0].sender
        self.under_way.hold()
        try:
            with self.file.writing(durably=True) as db:
                if not _next_turn(db, chain, sender, turns=turns):
                    return False
                forget_replaced(db, chain, signed)
                numbers = insert(db, chain, signed, holder=self.under_way.token, now=time.time())
                self.under_way.add(numbers)
        except StorageFull as full:
            _log.warning("an act goes out without being written down: %s", full)
        return True

    def attempts(self, one: SignedTransaction) -> tuple[Attempt, ...]:
        with self.file.reading() as db:
            number = _number(db, one.transaction)
            return () if number is None else attempts_of(db, number)

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        with self.file.writing(durably=True) as db:
            row = (by.signed.transaction, by.signed.raw, by.withdraws, one.transaction)
            db.execute(
                "INSERT INTO attempts SELECT ?, entry, ?, ? FROM attempts WHERE hash = ?",
                row,
            )

    def note_mined(self, mined: Sequence[Mined]) -> None:
        if not mined:
            return
        now = time.time()

        def change(db: sqlite3.Connection) -> None:
            db.executemany(
                _NOTE_MINED,
                (
                    (State.MINED, now, m.hash, m.block_number, m.block_hash, m.succeeded, m.hash)
                    for m in mined
                ),
            )
            if not self.confirmations:
                for each in mined:
                    _close(db, each.hash, now=now)

        self._note(change)

    def fail(self, one: SignedTransaction, *, refusal: SalusError | None) -> None:
        state = State.OVERTAKEN if refusal is None else State.REFUSED
        row = (state, time.time(), None if refusal is None else str(refusal), one.transaction)

        def change(db: sqlite3.Connection) -> None:
            # What a node refuses says nothing of what was handed in before it on the same nonce.
            only = "" if refusal is None else f" AND {_ONE_ATTEMPT}"
            sql = f"UPDATE entries SET state = ?, changed = ?, error = ? WHERE {_ITS}{only}"  # noqa: S608
            db.execute(sql, row)

        self._note(change)

    def let_go(self, signed: Sequence[SignedTransaction], error: BaseException | None) -> None:
        with self.file.reading() as db:
            found = [_number(db, one.transaction) for one in signed]
        numbers = [each for each in found if each is not None]
        for each in numbers:
            self.under_way.remove(each)
        if error is None and self.confirmations:
            ended = [(each,) for each in numbers]
            self._note(lambda db: db.executemany(_ENDED_WELL, ended))
        if not isinstance(error, SalusError):
            return
        rows = [(str(error), each) for each in numbers]
        sql = "UPDATE entries SET error = ? WHERE id = ?"
        self._note(lambda db: db.executemany(sql, rows))

    def unsettled(self) -> list[Mined]:
        where = (self.chain,)
        with self.file.reading() as db:
            rows = db.execute(
                "SELECT mined, succeeded, block, block_hash FROM entries"
                " WHERE chain = ? AND state = 'mined'",
                where,
            ).fetchall()
        return [
            Mined(name, bool(succeeded), block, block_hash, 0, 0, ())
            for name, succeeded, block, block_hash in rows
        ]

    def settle(self, one: Mined, *, stands: bool) -> None:

        def change(db: sqlite3.Connection) -> None:
            if stands:
                _close(db, one.hash, now=time.time())
            else:
                sql = f"UPDATE entries SET state = 'sent', changed = ? WHERE {_ITS}"  # noqa: S608
                db.execute(sql, (time.time(), one.hash))

        self._note(change)

    def left(self, number: int) -> LeftOpen:
        """Look at an act without having it under way from here."""
        with self.file.reading() as db:
            return LeftOpen(attempts_of(db, number))

    @contextmanager
    def taken_over(self, number: int) -> Iterator[LeftOpen | None]:
        """Have an act under way from here for a block; None where a live call has it meanwhile."""
        with self.file.writing() as db:
            sql = "SELECT holder, state FROM entries WHERE id = ?"
            found = db.execute(sql, (number,)).fetchone()
            free = found is not None and not self.under_way.has(number, found[0])
            left = self._take_over(db, number, state=State(found[1])) if free else None
        try:
            yield left
        finally:
            if left is not None:
                self.under_way.remove(number)

    def forget(self, number: int) -> None:
        """Forget an act that is closed."""
        with self.file.writing() as db:
            db.execute(f"DELETE FROM entries WHERE id = ? AND NOT {OPEN}", (number,))  # noqa: S608

    def _take_over(self, db: sqlite3.Connection, number: int, *, state: State) -> LeftOpen:
        """Have an act under way from here, in the transaction that found it."""
        self.under_way.hold()
        sql = "UPDATE entries SET holder = ? WHERE id = ?"
        db.execute(sql, (self.under_way.token, number))
        self.under_way.add([number])
        attempts, overtaken = attempts_of(db, number), state is State.OVERTAKEN
        return LeftOpen(attempts, done=state is State.DONE, overtaken=overtaken)

    def _unnamed(
        self, db: sqlite3.Connection, chain: str, request: TransactionRequest, sender: str
    ) -> LeftOpen | None:
        rows = db.execute(
            "SELECT id, holder FROM entries WHERE chain = ? AND account = ? AND content = ?"  # noqa: S608
            f" AND name = '' AND {OPEN} AND NOT {_HEEDED} ORDER BY nonce",
            (chain, sender, content_of(request)),
        ).fetchall()
        for number, holder in rows:
            if not self.under_way.has(number, holder):
                return self._take_over(db, number, state=State.SENT)
        return None

    def _named(
        self, db: sqlite3.Connection, chain: str, request: TransactionRequest
    ) -> LeftOpen | None:
        found = db.execute(
            "SELECT id, content, state, holder FROM entries WHERE chain = ? AND name = ?",
            (chain, request.act),
        ).fetchone()
        if found is None:
            return None
        number, content, state = found[0], bytes(found[1]), State(found[2])
        if state.is_open or state is State.DONE:
            if content != content_of(request):
                first = attempts_of(db, number)[0].signed.transaction
                raise EntryDiffers(name=request.act, transaction=first)
            return self._take_over(db, number, state=state)
        return None  # it never happened


def _next_turn(db: sqlite3.Connection, chain: str, sender: str, *, turns: int) -> bool:
    """Count the turn; False where others had one since so many were counted."""
    sql = "SELECT taken FROM turns WHERE chain = ? AND account = ?"
    found = db.execute(sql, (chain, sender)).fetchone()
    if (int(found[0]) if found else 0) != turns:
        return False
    db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?)", (chain, sender, turns + 1))
    return True


def _number(db: sqlite3.Connection, transaction: str) -> int | None:
    sql = "SELECT entry FROM attempts WHERE hash = ?"
    found = db.execute(sql, (transaction,)).fetchone()
    return None if found is None else int(found[0])


def _close(db: sqlite3.Connection, transaction: str, *, now: float) -> None:
    """Close what is mined for good: what is done and has no name is forgotten."""
    number = _number(db, transaction)
    if number is None:
        return
    withdraws, succeeded, name = db.execute(
        "SELECT withdraws, succeeded, name FROM attempts JOIN entries ON entry = id WHERE hash = ?",
        (transaction,),
    ).fetchone()
    if succeeded and not withdraws and not name:
        db.execute("DELETE FROM entries WHERE id = ?", (number,))
        return
    state = State.WITHDRAWN if withdraws else State.DONE if succeeded else State.FAILED
    error = ", error = NULL" if state is State.DONE else ""
    sql = f"UPDATE entries SET state = ?, changed = ?{error} WHERE id = ?"  # noqa: S608
    db.execute(sql, (state, now, number))

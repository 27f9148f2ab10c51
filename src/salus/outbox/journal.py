"""The journal that a sender writes to, in the outbox's file.

Example:
    >>> from salus.outbox.file import OutboxFile
    >>> journal = OutboxJournal(OutboxFile("memory:"), chain=lambda: "31337:", confirmations=0)
    >>> journal.bound("0x" + "11" * 20)
    {}
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction, TransactionRequest
from salus.chain.sending.errors import ActTaken, ActWithdrawn
from salus.chain.sending.watcher import Mined
from salus.errors import ContractError, SalusError, StorageError
from salus.outbox import noting
from salus.outbox.checking import RowChecks
from salus.outbox.errors import EntryUnknown
from salus.outbox.file import OutboxFile
from salus.outbox.named_acts import next_name
from salus.outbox.rows import IS_OPEN, forget_replaced, insert, read
from salus.outbox.takeover import Takeover
from salus.outbox.under_way import UnderWay
from salus.primitives.errors import StorageFull

if TYPE_CHECKING:
    import sqlite3

_log = logging.getLogger(__name__)
_MINED_ENDS = (ActWithdrawn, ContractError)
"""After these too a transaction of the act is mined, and its caller knows."""


class OutboxJournal:
    """Acts on one chain; see `salus.chain.sending.journal.Journal`.

    Args:
        chain: Tells which chain, once that is asked for.
        confirmations: Blocks on top of its own after which an act is closed.
    """

    def __init__(self, file: OutboxFile, *, chain: Callable[[], str], confirmations: int) -> None:
        self.file, self._tell_chain, self.confirmations = file, chain, confirmations
        self.under_way, self.checks = UnderWay(file.file), RowChecks(file.url)
        self._takeover = Takeover(self.checks, self.under_way)
        self._chain: str | None = None

    @property
    def chain(self) -> str:
        """The chain's name here."""
        if self._chain is None:
            self._chain = self._tell_chain()
        return self._chain

    def close(self) -> None:
        self.under_way.close()
        self.file.close()

    def named(self, request: TransactionRequest) -> TransactionRequest:
        name = next_name()
        return replace(request, act=name) if name else request

    def find(self, requests: Sequence[TransactionRequest], sender: str) -> dict[int, LeftOpen]:
        chain = self.chain
        with self.file.writing() as db:
            return self._takeover.found(db, chain, requests, sender)

    def turns(self, sender: str) -> int:
        where = (self.chain, sender)
        with self.file.reading() as db:
            return _turns(db, *where)

    def bound(self, sender: str) -> dict[int, SignedTransaction | None]:
        """See `Journal`: only what was signed for a nonce binds it."""
        values = (self.chain, sender)
        with self.file.reading() as db:
            rows = read(db, f"chain = ? AND account = ? AND {IS_OPEN}", values)
        acts = [(row, self.checks.act(row)) for row in rows]
        return {
            row.nonce: None if self.under_way.has(row.number, row.holder) else act.newest
            for row, act in acts
        }

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        if not signed:
            return True
        chain, sender = self.chain, signed[0].sender
        named = any(one.request.act for one in signed)
        self.file.look_for_room()
        try:
            if named and self.file.stands_in:
                raise StorageFull(self.file.url)
            self.under_way.hold()
            with self.file.writing(durably=True) as db:
                if not _next_turn(db, chain, sender, turns=turns):
                    return False
                forget_replaced(db, chain, signed)
                _require_free_names(db, chain, signed)
                numbers = insert(db, chain, signed, holder=self.under_way.token, now=time.time())
                self.under_way.add(numbers)
                self.checks.signed_here(signed, chain)
        except StorageFull as full:
            if named:  # it is to happen once, and without its note it could happen twice
                raise
            _log.warning("an act goes out without being written down: %s", full)
        return True

    def attempts(self, transaction: str) -> tuple[Attempt, ...]:
        with self.file.reading() as db:
            number = noting.number_of(db, transaction)
            rows = [] if number is None else read(db, "id = ?", (number,))
        return self.checks.act(rows[0]).attempts if rows else ()

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        row = (by.signed.transaction, by.signed.raw, by.withdraws, one.transaction)
        with self.file.writing(durably=True) as db:
            db.execute(  # somebody else may have signed the very same, or it was refused before
                "INSERT INTO attempts SELECT ?, entry, ?, ?, 0 FROM attempts WHERE hash = ?"
                " ON CONFLICT (hash) DO UPDATE SET refused = 0",
                row,
            )

    def note_mined(self, mined: Sequence[Mined]) -> None:
        if not mined:
            return

        def change(db: sqlite3.Connection) -> Iterable[int | None]:
            if not self.confirmations:
                return noting.close_all_mined(db, mined)
            noting.note_mined(db, mined)
            return ()

        self._close(change)

    def close_mined(self, one: Mined) -> None:
        self._close(lambda db: [noting.close_mined(db, one)])

    def open_again(self, transaction: str) -> None:
        self._note(lambda db: noting.open_again(db, transaction))

    def fail(self, one: SignedTransaction, *, refusal: SalusError | None) -> bool:
        closed: list[bool] = []
        self._note(lambda db: closed.append(noting.fail(db, one.transaction, refusal=refusal)))
        return any(closed)

    def let_go(self, signed: Sequence[SignedTransaction], error: BaseException | None) -> None:
        numbers = self._numbers([one.transaction for one in signed])
        for each in numbers:
            self.under_way.remove(each)
        if error is None or isinstance(error, _MINED_ENDS):
            self._note_seen(numbers)
        if isinstance(error, SalusError):
            self._note(lambda db: noting.note_error(db, numbers, error))

    def note_told(self, one: Mined) -> None:
        self._note_seen(self._numbers([one.hash]))

    def _note_seen(self, numbers: Sequence[int]) -> None:
        if self.confirmations and numbers:
            self._note(lambda db: noting.note_seen(db, numbers))

    def unsettled(self, sender: str = "") -> list[tuple[str, ...]]:
        """See `Journal`: a forged row of another account stops nobody else."""
        where = (self.chain,)
        with self.file.reading() as db:
            rows = read(db, "chain = ? AND state = 'mined'", where)
        ours = (row for row in rows if row.account == sender or self.checks.flaw(row) is None)
        acts = [self.checks.act(row) for row in ours]
        return [tuple(each.signed.transaction for each in act.attempts) for act in acts]

    def left(self, number: int) -> LeftOpen:
        """Look at an act without having it under way from here.

        Raises:
            EntryUnknown: There is no such act.
            OutboxForged: It is not what was signed.
        """
        with self.file.reading() as db:
            rows = read(db, "id = ?", (number,))
        if not rows:
            raise EntryUnknown(number)
        return self.checks.act(rows[0])

    @contextmanager
    def taken_over(self, number: int) -> Iterator[LeftOpen | None]:
        """Have an act under way from here for a block; None where a live call has it meanwhile."""
        with self.file.writing() as db:
            left = self._takeover.numbered(db, number)
        try:
            yield left
        finally:
            if left is not None:
                self.under_way.remove(number)

    def forget(self, number: int) -> None:
        """Forget an act that is closed."""
        with self.file.writing() as db:
            db.execute(f"DELETE FROM entries WHERE id = ? AND NOT {IS_OPEN}", (number,))  # noqa: S608

    def _close(self, change: Callable[[sqlite3.Connection], Iterable[int | None]]) -> None:
        """Note what became of acts; those that are forgotten are under way no more."""
        forgotten: list[int | None] = []
        self._note(lambda db: forgotten.extend(change(db)))
        for number in forgotten:
            if number is not None:  # it may be given again
                self.under_way.remove(number)

    def _numbers(self, transactions: Sequence[str]) -> list[int]:
        try:
            with self.file.reading() as db:
                found = [noting.number_of(db, each) for each in transactions]
        except StorageError as problem:  # what they ended with is the answer, and not this
            _log.warning("that a call is over is not written down: %s", problem)
            return []
        return [each for each in found if each is not None]

    def _note(self, change: Callable[[sqlite3.Connection], object]) -> None:
        """Note what became of an act; where that cannot be written it is found out again later.

        The act has left: a full disk or a lost file must not stand in the place of its outcome.
        """
        try:
            with self.file.writing() as db:
                change(db)
        except StorageError as problem:
            _log.warning("what became of an act is not written down: %s", problem)


def _turns(db: sqlite3.Connection, chain: str, sender: str) -> int:
    sql = "SELECT taken FROM turns WHERE chain = ? AND account = ?"
    found = db.execute(sql, (chain, sender)).fetchone()
    return int(found[0]) if found else 0


def _require_free_names(
    db: sqlite3.Connection, chain: str, signed: Sequence[SignedTransaction]
) -> None:
    """Another call may have bound an act of that name since it was looked for."""
    for name in (one.request.act for one in signed if one.request.act):
        values = (chain, name)
        if db.execute("SELECT 1 FROM entries WHERE chain = ? AND name = ?", values).fetchone():
            raise ActTaken(name=name)


def _next_turn(db: sqlite3.Connection, chain: str, sender: str, *, turns: int) -> bool:
    """Count the turn; False where others had one since so many were counted."""
    if _turns(db, chain, sender) != turns:
        return False
    taken = (turns + 1) % 2**62
    db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?)", (chain, sender, taken))
    return True

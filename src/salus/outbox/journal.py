"""The journal that a sender writes to: in the outbox's file, or its database.

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
from contextlib import contextmanager, suppress
from dataclasses import replace

from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction, TransactionRequest
from salus.chain.sending.errors import ActTaken, ActWithdrawn
from salus.chain.sending.watcher import Mined
from salus.errors import ContractError, SalusError, StorageError
from salus.outbox import noting
from salus.outbox.checking import RowChecks
from salus.outbox.errors import EntryUnknown, LeaseLost
from salus.outbox.named_acts import next_name
from salus.outbox.place import OutboxPlace, OutboxRows
from salus.outbox.rows import IS_OPEN, forget_replaced, insert, read
from salus.outbox.takeover import HolderSilent, Takeover
from salus.outbox.under_way import UnderWay
from salus.primitives.errors import StorageFull

_log = logging.getLogger(__name__)
_MINED_ENDS = (ActWithdrawn, ContractError)
"""After these too a transaction of the act is mined, and its caller knows."""
_LOOK = 0.25
"""Seconds between two looks at what is not to be seen right now."""


class OutboxJournal:
    """Acts on one chain; see `salus.chain.sending.journal.Journal`.

    Args:
        chain: Tells which chain, once that is asked for.
        confirmations: Blocks on top of its own after which an act is closed.
    """

    def __init__(self, file: OutboxPlace, *, chain: Callable[[], str], confirmations: int) -> None:
        self.file, self._tell_chain, self.confirmations = file, chain, confirmations
        self.under_way, self.checks = UnderWay(file.holders()), RowChecks(file.url)
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
        while True:
            with suppress(HolderSilent), self._taking() as (db, taken):
                return self._takeover.found(db, chain, requests, sender, taken=taken)
            time.sleep(_LOOK)

    def turns(self, sender: str) -> int:
        where = (self.chain, sender)
        with self.file.reading() as db:
            return _turns(db, *where)

    def bound(self, sender: str) -> dict[int, SignedTransaction | None]:
        """See `Journal`: only what was signed for a nonce binds it."""
        values = (self.chain, sender)
        with self.file.reading() as db:
            rows = read(db, f"chain = ? AND account = ? AND {IS_OPEN}", *values)
        acts = {row.number: (row, self.checks.act(row)) for row in rows}
        live = self.under_way.among((row.number, row.holder) for row in rows)
        ended = [number for number in acts if number not in live]
        if ended:
            with self.file.writing() as db:
                ended = db.share(ended)
        return {
            row.nonce: act.newest if number in ended else None
            for number, (row, act) in acts.items()
        }

    def bind(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        if not signed:
            return True
        named = any(one.request.act for one in signed)
        self.file.look_for_room()
        try:
            if named and self.file.stands_in:
                raise StorageFull(self.file.url)
            self.under_way.hold()
            return self._bound(signed, turns=turns)
        except StorageFull as full:
            if named:  # it is to happen once, and without its note it could happen twice
                raise
            _log.warning("an act goes out without being written down: %s", full)
        return True

    def _bound(self, signed: Sequence[SignedTransaction], *, turns: int) -> bool:
        """Write acts down; where the answer to that is lost, find out whether they are."""
        chain, numbers = self.chain, list[int]()
        try:
            with self.file.writing(durably=True) as db:
                if not _next_turn(db, chain, signed[0].sender, turns=turns):
                    return False
                forget_replaced(db, chain, signed)
                _require_free_names(db, chain, signed)
                numbers = insert(db, chain, signed, holder=self.under_way.token, now=time.time())
                for number, one in zip(numbers, signed, strict=True):
                    self.under_way.add(number, [one.transaction])
                self.checks.signed_here(signed, chain)
        except BaseException as end:
            if isinstance(end, StorageError) and numbers and self._is_written(signed[-1]):
                return True
            for number in numbers:
                self.under_way.remove(number)
            raise
        return True

    def require_held(self, signed: Sequence[SignedTransaction]) -> None:
        """See `Journal`: on one machine nothing is taken over from a process that lives."""
        try:
            self.under_way.require_held([one.transaction for one in signed])
        except LeaseLost:
            for name in (one.request.act for one in signed if one.request.act):
                raise ActTaken(name=name) from None  # then it is found
            raise

    def _is_written(self, one: SignedTransaction) -> bool:
        """Look for what was to be written when the connection to a database ended.

        Whoever writes waits for what is under way of this process: what is not there then never is.
        """
        until = time.monotonic() + self.file.patience
        while True:
            try:
                with self.file.writing() as db:
                    return noting.number_of(db, one.transaction) is not None
            except StorageError as problem:
                if time.monotonic() > until:
                    _log.warning("whether an act is written down is not known: %s", problem)
                    return False
                time.sleep(_LOOK)

    def attempts(self, transaction: str) -> tuple[Attempt, ...]:
        with self.file.reading() as db:
            number = noting.number_of(db, transaction)
            rows = [] if number is None else read(db, "id = ?", number)
        return self.checks.act(rows[0]).attempts if rows else ()

    def replace(self, one: SignedTransaction, by: Attempt) -> None:
        try:
            with self.file.writing(durably=True) as db:
                number = noting.number_of(db, one.transaction)
                if number is None:
                    which = f"of {one.transaction}"
                    raise EntryUnknown(which, reason="was closed meanwhile")
                db.share([number])
                db.fetch(  # somebody else may have signed the very same, or it was refused before
                    "INSERT INTO attempts (hash, entry, raw, withdraws, refused)"
                    " VALUES (?, ?, ?, ?, 0) ON CONFLICT (hash) DO UPDATE SET refused = 0",
                    *(by.signed.transaction, number, by.signed.raw, int(by.withdraws)),
                )
        except StorageError:
            if not self._is_written(by.signed):
                raise

    def note_mined(self, mined: Sequence[Mined]) -> None:
        if not mined:
            return

        def change(db: OutboxRows) -> Iterable[int | None]:
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

    def supersede(self, transaction: str) -> None:
        self._note(lambda db: noting.supersede(db, transaction))

    def _note_seen(self, numbers: Sequence[int]) -> None:
        if self.confirmations and numbers:
            self._note(lambda db: noting.note_seen(db, numbers))

    def unsettled(self, sender: str = "") -> list[tuple[str, ...]]:
        """See `Journal`: a forged row of another account stops nobody else."""
        where = (self.chain,)
        with self.file.reading() as db:
            rows = read(db, "chain = ? AND state = 'mined'", *where)
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
            rows = read(db, "id = ?", number)
        if not rows:
            raise EntryUnknown(number)
        return self.checks.act(rows[0])

    @contextmanager
    def taken_over(self, number: int) -> Iterator[LeftOpen | None]:
        """Have an act under way from here for a block; None where a live call has it meanwhile."""
        left = self._taken(number)
        try:
            yield left
        finally:
            if left is not None:
                self.under_way.remove(number)

    def _taken(self, number: int) -> LeftOpen | None:
        while True:
            with suppress(HolderSilent), self._taking() as (db, taken):
                return self._takeover.numbered(db, number, taken=taken)
            time.sleep(_LOOK)

    @contextmanager
    def _taking(self) -> Iterator[tuple[OutboxRows, list[int]]]:
        """Take acts over; where that is not written down in the end, none of them is."""
        taken: list[int] = []
        try:
            with self.file.writing() as db:
                yield db, taken
        except BaseException:
            for number in taken:
                self.under_way.remove(number)
            raise

    def forget(self, number: int) -> None:
        """Forget an act that is closed."""
        with self.file.writing() as db:
            db.fetch(f"DELETE FROM entries WHERE id = ? AND NOT {IS_OPEN}", number)  # noqa: S608

    def _close(self, change: Callable[[OutboxRows], Iterable[int | None]]) -> None:
        """Note what became of acts; those that are forgotten are under way no more."""
        forgotten: list[int | None] = []
        self._note(lambda db: forgotten.extend(change(db)))
        for number in forgotten:
            if number is not None:  # it may be given again
                self.under_way.remove(number)

    def _numbers(self, transactions: Sequence[str]) -> list[int]:
        known = [self.under_way.number_of(each) for each in transactions]
        others = [each for each, number in zip(transactions, known, strict=True) if number is None]
        try:
            if others:
                with self.file.reading() as db:
                    known += noting.numbers_of(db, others).values()
        except StorageError as problem:  # what they ended with is the answer, and not this
            _log.warning("that a call is over is not written down: %s", problem)
        return [each for each in known if each is not None]

    def _note(self, change: Callable[[OutboxRows], object]) -> None:
        """Note what became of an act; where that cannot be written it is found out again later.

        The act has left: a full disk or a lost file must not stand in the place of its outcome.
        """
        try:
            with self.file.writing() as db:
                change(db)
        except StorageError as problem:
            _log.warning("what became of an act is not written down: %s", problem)


def _turns(db: OutboxRows, chain: str, sender: str) -> int:
    sql = "SELECT taken FROM turns WHERE chain = ? AND account = ?"
    found = db.fetch(sql, chain, sender)
    return int(found[0][0]) if found else 0


def _require_free_names(db: OutboxRows, chain: str, signed: Sequence[SignedTransaction]) -> None:
    """Another call may have bound an act of that name since it was looked for."""
    for name in (one.request.act for one in signed if one.request.act):
        if db.fetch("SELECT 1 FROM entries WHERE chain = ? AND name = ?", chain, name):
            raise ActTaken(name=name)


def _next_turn(db: OutboxRows, chain: str, sender: str, *, turns: int) -> bool:
    """Count the turn; False where others had one since so many were counted."""
    if _turns(db, chain, sender) != turns:
        return False
    counted = db.fetch(
        "INSERT INTO turns VALUES (?, ?, ?) ON CONFLICT (chain, account)"
        " DO UPDATE SET taken = excluded.taken WHERE turns.taken = ? RETURNING taken",
        *(chain, sender, (turns + 1) % 2**62, turns),
    )
    return bool(counted)

"""Which acts of ended calls a call takes over: the same content, or the same name.

Example:
    >>> Takeover.__name__
    'Takeover'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from salus.chain.sending.acts import LeftOpen, Noted, TransactionRequest
from salus.outbox.checking import RowChecks
from salus.outbox.errors import EntryDiffers
from salus.outbox.rows import IS_OPEN, OutboxRow, content_of, read
from salus.outbox.under_way import UnderWay

if TYPE_CHECKING:
    import sqlite3

_UNSEEN = "NOT seen"
"""Of a row: no caller saw the end of it yet; an equal act after that is another one."""


class Takeover:
    """Takes acts over, in the transaction of the file that finds them."""

    def __init__(self, checks: RowChecks, under_way: UnderWay) -> None:
        self._checks, self._under_way = checks, under_way

    def found(
        self,
        db: sqlite3.Connection,
        chain: str,
        requests: Sequence[TransactionRequest],
        sender: str,
    ) -> dict[int, LeftOpen]:
        """Take over what ended calls left of the same acts, by their places in the list.

        Every open act of the account is looked at: one whose content was changed is not passed by.

        Raises:
            EntryDiffers: An act's name stands for another one.
            OutboxForged: What is there is not what was signed.
        """
        ended = self._ended(db, chain, sender)
        found: dict[int, LeftOpen] = {}
        for place, request in enumerate(requests):
            if request.act:
                left = self._named(db, chain, request, sender)
            else:
                same = ended[content_of(request)] if ended else []
                left = self._taken(db, *same.pop()) if same else None
            if left is not None:
                found[place] = left
        return found

    def _ended(
        self, db: sqlite3.Connection, chain: str, sender: str
    ) -> Mapping[bytes, list[tuple[OutboxRow, LeftOpen]]]:
        """What ended calls left of acts without a name, by content; the oldest open one last.

        What a node refused it may have had all the same: it is looked for before it is done again.
        """
        where = f"chain = ? AND account = ? AND ({IS_OPEN} OR state = 'refused') AND {_UNSEEN}"
        acts = [(row, self._checks.act(row)) for row in read(db, where, (chain, sender))]
        ended: defaultdict[bytes, list[tuple[OutboxRow, LeftOpen]]] = defaultdict(list)
        acts.sort(key=lambda both: (both[1].noted is not Noted.REFUSED, -both[0].number))
        for row, act in acts:
            if not row.name and not self._under_way.has(row.number, row.holder):
                ended[row.content].append((row, act))
        return ended

    def numbered(self, db: sqlite3.Connection, number: int) -> LeftOpen | None:
        """Take over an act by its number; None where a live call has it under way.

        Raises:
            OutboxForged: It is not what was signed.
        """
        for row in read(db, "id = ?", (number,)):
            act = self._checks.act(row)
            if not self._under_way.has(number, row.holder):
                return self._taken(db, row, act)
        return None

    def _named(
        self, db: sqlite3.Connection, chain: str, request: TransactionRequest, sender: str
    ) -> LeftOpen | None:
        for row in read(db, "chain = ? AND name = ?", (chain, request.act)):
            act = self._checks.act(row)
            same = row.account == sender and row.content == content_of(request)
            if same:
                return self._taken(db, row, act)
            if act.noted in (Noted.OPEN, Noted.DONE):
                raise EntryDiffers(name=request.act, transaction=act.attempts[0].signed.transaction)
        return None

    def _taken(self, db: sqlite3.Connection, row: OutboxRow, act: LeftOpen) -> LeftOpen:
        self._under_way.hold()
        sql = "UPDATE entries SET holder = ? WHERE id = ?"
        db.execute(sql, (self._under_way.token, row.number))
        self._under_way.add([row.number])
        return act

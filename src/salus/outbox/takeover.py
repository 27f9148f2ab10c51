"""Which acts of ended calls a call takes over: the same content, or the same name.

Example:
    >>> Takeover.__name__
    'Takeover'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from salus.chain.sending.acts import LeftOpen, Noted, TransactionRequest
from salus.outbox.checking import RowChecks
from salus.outbox.errors import EntryDiffers
from salus.outbox.place import OutboxRows
from salus.outbox.rows import IS_OPEN, OutboxRow, content_of, read
from salus.outbox.under_way import UnderWay

_UNSEEN = "seen = 0"
"""Of a row: no caller saw the end of it yet; an equal act after that is another one."""


class HolderSilent(Exception):
    """Whether the call that has an act under way lives is not to be seen for a while."""


class Takeover:
    """Takes acts over, in the transaction of the file that finds them."""

    def __init__(self, checks: RowChecks, under_way: UnderWay) -> None:
        self._checks, self._under_way = checks, under_way

    def found(
        self,
        db: OutboxRows,
        chain: str,
        requests: Sequence[TransactionRequest],
        sender: str,
        *,
        taken: list[int],
    ) -> dict[int, LeftOpen]:
        """Take over what ended calls left of the same acts, by their places in the list.

        Every open act of the account is looked at: one whose content was changed is not passed by.

        Raises:
            EntryDiffers: An act's name stands for another one.
            OutboxForged: What is there is not what was signed.
            HolderSilent: An act is the same, and it is not known yet whether its call lives.
        """
        ended = self._ended(db, chain, sender, requests)
        found: dict[int, LeftOpen] = {}
        for place, request in enumerate(requests):
            if request.act:
                left = self._named(db, chain, request, sender, taken)
            else:
                same = ended[content_of(request)] if ended else []
                left = self._taken_first(db, same, taken)
            if left is not None:
                found[place] = left
        return found

    def _ended(
        self, db: OutboxRows, chain: str, sender: str, requests: Sequence[TransactionRequest]
    ) -> Mapping[bytes, list[tuple[OutboxRow, LeftOpen]]]:
        """What ended calls left of acts without a name, by content; the oldest open one last.

        What a node refused it may have had all the same: it is looked for before it is done again.
        """
        where = f"chain = ? AND account = ? AND ({IS_OPEN} OR state = 'refused') AND {_UNSEEN}"
        acts = [(row, self._checks.act(row)) for row in read(db, where, chain, sender)]
        ended: defaultdict[bytes, list[tuple[OutboxRow, LeftOpen]]] = defaultdict(list)
        wanted = {content_of(each) for each in requests if not each.act} if acts else ()
        acts.sort(key=lambda both: (both[1].noted is not Noted.REFUSED, -both[0].number))
        live = self._under_way.among((row.number, row.holder) for row, _ in acts if not row.name)
        for row, act in acts:
            if row.name or row.number in live:
                continue
            if row.content in wanted:
                self._require_ended(row)
            ended[row.content].append((row, act))
        return ended

    def numbered(self, db: OutboxRows, number: int, *, taken: list[int]) -> LeftOpen | None:
        """Take over an act by its number; None where a live call has it under way.

        Raises:
            OutboxForged: It is not what was signed.
        """
        mine = f"SELECT id FROM entries WHERE id = ?{db.skip_locked}"  # noqa: S608
        if not db.fetch(mine, number):
            return None  # or another process is taking it over right now
        for row in read(db, "id = ?", number):
            act = self._checks.act(row)
            if self._under_way.has(number, row.holder):
                return None
            self._require_ended(row)
            if self._under_way.end(row.holder) and self._take(db, row, act, taken):
                return act
        return None

    def _require_ended(self, row: OutboxRow) -> None:
        if self._under_way.is_silent(row.holder):
            raise HolderSilent

    def _named(
        self,
        db: OutboxRows,
        chain: str,
        request: TransactionRequest,
        sender: str,
        taken: list[int],
    ) -> LeftOpen | None:
        for row in read(db, "chain = ? AND name = ?", chain, request.act):
            act = self._checks.act(row)
            same = row.account == sender and row.content == content_of(request)
            if same:
                if not self._take(db, row, act, taken):
                    raise HolderSilent  # somebody else takes it at this moment, or closes it
                return act
            if act.noted in (Noted.OPEN, Noted.DONE):
                raise EntryDiffers(name=request.act, transaction=act.attempts[0].signed.transaction)
        return None

    def _taken_first(
        self, db: OutboxRows, same: list[tuple[OutboxRow, LeftOpen]], taken: list[int]
    ) -> LeftOpen | None:
        """Take over the first of equal acts whose call is over for good."""
        while same:
            row, act = same.pop()
            if self._under_way.end(row.holder) and self._take(db, row, act, taken):
                return act
        return None

    def _take(self, db: OutboxRows, row: OutboxRow, act: LeftOpen, taken: list[int]) -> bool:
        """Have an act under way from here, unless it is not any more what was read."""
        self._under_way.hold()
        token, before = self._under_way.token, row.holder or ""
        if before != token:
            db.share([row.number])
        changed = db.fetch(
            "UPDATE entries SET holder = ? WHERE id = ? AND coalesce(holder, '') = ? AND state = ?"
            " RETURNING id",
            *(token, row.number, before, row.state),
        )
        if not changed:
            return False
        taken.append(row.number)
        self._under_way.add(row.number, (each.signed.transaction for each in act.attempts))
        return True

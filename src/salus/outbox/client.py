"""The outbox of a client: what is under way, what was left open, and what to do about it.

Example:
    >>> import salus
    >>> with salus.connect("tester") as me:
    ...     list(me.outbox)
    Traceback (most recent call last):
    salus_verify.errors.InputError: this client writes no acts down: ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from salus.chain.registry_client import acting_for
from salus.chain.sending.errors import NonceConflict
from salus.errors import InputError, SalusError
from salus.outbox.aside import put_aside
from salus.outbox.entries import OutboxCheck, OutboxEntry, State
from salus.outbox.errors import EntryUnknown
from salus.outbox.journal import OutboxJournal
from salus.outbox.named_acts import once
from salus.outbox.reading import check, entries_of, late
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Duration, seconds_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.sending.acts import LeftOpen
    from salus.chain.signing.signers import Account


class Outbox:
    """Acts that were bound to a nonce, and what became of them; iterate over it to see them.

    Args:
        chain: The connection that sends them.
        account: Who signs; None to look only.
    """

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None) -> None:
        self._chain, self._account = chain, account

    def __repr__(self) -> str:
        return f"Outbox({acting_for(self._account)})"

    def __iter__(self) -> Iterator[OutboxEntry]:
        """Iterate over all entries of this chain, oldest first.

        Raises:
            OutboxUnavailable: The file cannot be used, or an entry is not what was signed for it.
        """
        return iter(entries_of(self._journal))

    @typed_arguments
    def once(self, name: str) -> AbstractContextManager[None]:
        """Have what is written in a block happen once, whatever ends this process.

        The writes are numbered in their order. What was done under a name and number is not done
        again: its transaction is the answer. The block must make the same writes each time.

        Args:
            name: What the application calls the acts.

        Returns:
            The block.

        Raises:
            InputError: The outbox ends with this process, or the name is empty.
            EntryDiffers: By a write: another act has its name already; nothing was sent.
        """
        if not name:
            raise InputError("an act that is to happen once needs a name: give one")
        self._require_written()
        return once(name)

    def resume(self) -> list[OutboxEntry]:
        """Go on with everything that ended calls left open, and close what is deep enough.

        What another transaction overtook is sent anew, where this client's account signed it.

        Returns:
            What is still open, or did not happen.

        Raises:
            InputError: There is no outbox.
            ChainUnreachable: The node does not answer.
        """
        sender = self._chain.sender
        sender.finality.settle()
        for each in self:
            if each.live or each.state not in (State.SENT, State.OVERTAKEN):
                continue
            with self._journal.taken_over(each.id) as left:
                if left is not None:
                    self._finish(left)
        return [each for each in self if each.state is not State.DONE]

    @typed_arguments
    def hasten(self, entry: int) -> str:
        """Offer a higher price for an act that is not mined: the same content, the same nonce.

        Args:
            entry: Its number.

        Returns:
            The new transaction's hash; at most one of an act's transactions is ever mined.

        Raises:
            EntryUnknown: There is no such entry, or it is not waiting.
            FeeTooHigh: It may cost more than it may; nothing was sent.
            TransactionError: The node does not take it.
        """
        with self._waiting(entry) as left:
            return self._chain.sender.replacing.hasten(left, self._payer(left)).transaction

    @typed_arguments
    def withdraw(self, entry: int) -> str:
        """Take an act back that is not mined, by using its nonce for nothing.

        The act may still be faster: its entry ends ``withdrawn``, or ``done``.

        Args:
            entry: Its number.

        Returns:
            The new transaction's hash.

        Raises:
            SalusError: As for :meth:`hasten`.
        """
        with self._waiting(entry) as left:
            return self._chain.sender.replacing.withdraw(left, self._payer(left)).transaction

    @typed_arguments
    def require_waiting(self, entry: int) -> None:
        """Refuse what can be neither hastened nor withdrawn, before a person is asked about it.

        Args:
            entry: Its number.

        Raises:
            EntryUnknown: There is no such entry, or it is not waiting.
        """
        found = self._entry(entry)
        if found.state is not State.SENT:
            raise EntryUnknown(entry, reason=f"is {found.state}, and waits for nothing")

    @typed_arguments
    def forget(self, entry: int) -> None:
        """Forget an act that is closed. What has a name may then happen again.

        Args:
            entry: Its number.

        Raises:
            EntryUnknown: There is no such entry, or it is still open.
        """
        found = self._entry(entry)
        if found.state.is_open:
            raise EntryUnknown(entry, reason="is still open: resume it, or withdraw it")
        self._journal.forget(entry)

    @typed_arguments
    def alarms(self, *, older: Duration) -> list[OutboxEntry]:
        """List what needs a person: open for too long, or not done.

        Args:
            older: Seconds, or a timedelta, after which an open entry is late.

        Returns:
            Entries, oldest first.
        """
        return late(self, older=seconds_of(older, name="older"))

    def check(self) -> OutboxCheck:
        """Read the whole file, and hold every row against what was signed.

        Returns:
            What is damaged or forged, and what is sound.
        """
        return check(self._journal)

    def put_aside(self) -> Path:
        """Rename the file, which is never deleted; the next act begins a new one.

        What is mined stays so. An act that was under way may be sent again by who repeats its call,
        and what had a name may happen again.

        Returns:
            Where it is now.

        Raises:
            OutboxUnavailable: Another process has acts under way.
            StorageUnavailable: The system refuses.
        """
        return put_aside(self._journal.file, self._journal.under_way)

    @property
    def _journal(self) -> OutboxJournal:
        return self._require_written()

    def _require_written(self) -> OutboxJournal:
        found = self._chain.sender.journal
        if not isinstance(found, OutboxJournal):
            raise InputError(
                "this client writes no acts down: give salus.connect a state= folder, or set"
                " SALUS_STATE, and a chain that outlives this process"
            )
        return found

    def _entry(self, number: int) -> OutboxEntry:
        for each in self:
            if each.id == number:
                return each
        raise EntryUnknown(number)

    @contextmanager
    def _waiting(self, number: int) -> Iterator[LeftOpen]:
        self.require_waiting(number)
        left = self._journal.left(number)
        self._require_not_mined(number, left)
        try:
            yield left
        except NonceConflict:
            self._require_not_mined(number, left)
            raise

    def _require_not_mined(self, number: int, left: LeftOpen) -> None:
        """What uses the nonce may be the act itself: then nothing is wrong, and nothing to do."""
        mined = self._chain.sender.taking_up.found(left.attempts)
        if mined is not None:
            reason = f"is mined, by transaction {mined.hash}, and can no longer be replaced"
            raise EntryUnknown(number, reason=reason)

    def _payer(self, left: LeftOpen) -> Account:
        signer = left.newest.sender
        if self._account is None or self._account.address != signer:
            raise InputError(f"{signer} signed this act: only that account can sign it anew")
        return self._account

    def _finish(self, left: LeftOpen) -> None:
        """Go on with one act; what it ends with is noted in its entry."""
        sender, one = self._chain.sender, left.newest
        try:
            if sender.taking_up.finish(left) is not None:
                return
            if self._account is not None and self._account.address == one.sender:
                sender.send_anew(left.request, self._account)
        except SalusError as error:
            self._journal.let_go([one], error)

"""Going on with an act that an earlier call bound to a nonce and did not see the end of.

Nothing is signed here: what was signed then is handed in again, and looked for.

Example:
    >>> from salus.chain import connect
    >>> type(connect("tester").sender.taking_up).__name__
    'TakingUp'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salus.chain.node.answers import RpcFailure
from salus.chain.sending.acts import Attempt, LeftOpen, Noted, SignedTransaction
from salus.chain.sending.errors import (
    ActWithdrawn,
    NodeFull,
    NonceConflict,
    TransactionReplaced,
    TransactionUnknown,
)
from salus.chain.sending.finality import Finality
from salus.chain.sending.journal import Journal
from salus.chain.sending.posting import Posting
from salus.chain.sending.reasons import Reasons
from salus.chain.sending.watcher import Mined, Watcher
from salus.errors import SalusError, StorageError

_MAY_BE_THERE = (NodeFull, NonceConflict, TransactionUnknown)
"""After these the node may have a transaction, or will."""


class TakingUp:
    """Finds out what became of open acts, and hands in again what the node does not have."""

    def __init__(
        self,
        watcher: Watcher,
        posting: Posting,
        reasons: Reasons,
        *,
        journal: Journal,
        finality: Finality,
    ) -> None:
        self._watcher, self._posting, self._reasons = watcher, posting, reasons
        self._journal, self._finality = journal, finality

    def finish(self, left: LeftOpen) -> Mined | None:
        """Find out what became of an act; None where it did not happen, and is to be sent anew.

        What was noted of its end is asked of the chain: no note is an answer.

        Raises:
            ContractError: It was mined and failed.
            TransactionError: The node does not take it, or does not mine it in time.
            TransactionUnknown: The node is silent about it, or has no receipt of what is done.
        """
        try:
            mined = self.found(left.attempts)
            if mined is None and left.noted is not Noted.REFUSED:
                mined = self._posted(left)
            if mined is not None:
                self._journal.note_mined([mined])
                mined = self._outcome(mined, left)
        except BaseException as error:
            self._journal.let_go([left.newest], error)
            raise
        self._journal.let_go([left.newest], None)
        return mined

    def finish_all(self, left: Mapping[int, LeftOpen]) -> dict[int, Mined | SalusError]:
        """Find out what became of many, by their keys; none where one is to be sent anew."""
        outcomes: dict[int, Mined | SalusError] = {}
        open_ones = [each.newest for each in left.values() if each.noted is Noted.OPEN]
        if len(open_ones) > 1:  # all are under way before the first is waited for
            self._posting.post_all(open_ones)
        for key, each in left.items():
            try:
                if (mined := self.finish(each)) is not None:
                    outcomes[key] = mined
            except SalusError as error:
                outcomes[key] = error
        return outcomes

    def instead_of(self, transaction: str, sender: str) -> tuple[Mined | None, bool]:
        """What was mined of the act of a transaction, if any, and whether it withdraws the act.

        Raises:
            TransactionUnknown: The journal, which alone could tell, cannot be read.
        """
        try:
            attempts = self._journal.attempts(transaction)
        except StorageError as problem:
            raise TransactionUnknown(
                transaction=transaction, address=sender, url=self._posting.url, reason=str(problem)
            ) from problem
        mined = self.found(attempts)
        return mined, mined is not None and _is_withdrawal(attempts, mined)

    def found(self, attempts: Sequence[Attempt]) -> Mined | None:
        """Look once for whichever of an act's transactions is mined.

        Raises:
            TransactionUnknown: The node has trouble.
        """
        for each in attempts:
            found = self._watcher.look(each.signed.transaction)
            if isinstance(found, Mined):
                return found
            if isinstance(found, RpcFailure):
                raise each.signed.unknown(url=self._posting.url, reason=found.message)
        return None

    def _posted(self, left: LeftOpen) -> Mined | None:
        self._require_receipt(left)
        if left.noted is Noted.OVERTAKEN and self._is_overtaken(left):
            return None
        one, problem = self._handed_in(left)
        if problem is None:
            try:
                return self._watcher.wait(one.transaction, sender=one.sender, nonce=one.nonce)
            except TransactionReplaced as error:
                problem = error
        elif not isinstance(problem, NonceConflict | TransactionUnknown):  # NodeFull too: it waits
            raise problem
        if (mined := self.found(left.attempts)) is not None:
            return mined
        if not self._is_overtaken(left):
            raise problem
        self._journal.fail(one, refusal=None)
        return None

    def _require_receipt(self, left: LeftOpen) -> None:
        """What was mined once is never handed in again on a note's word, nor done a second time."""
        one = left.newest
        mined = left.noted in (Noted.DONE, Noted.FAILED)
        if mined and self._watcher.is_used(one.sender, one.nonce):
            reason = f"it is noted as {left.noted}, and its receipt is gone"
            raise one.unknown(url=self._posting.url, reason=reason)

    def _handed_in(self, left: LeftOpen) -> tuple[SignedTransaction, SalusError | None]:
        """Hand in the newest; where a node refuses it, one from before it may be under way."""
        problem: SalusError | None = None
        for one in left.to_hand_in:
            refusal = self._posting.post_when_room(one)
            if refusal is None or isinstance(refusal, _MAY_BE_THERE):
                return one, refusal
            self._journal.fail(one, refusal=refusal)
            problem = problem or refusal
        return left.newest, problem

    def _is_overtaken(self, left: LeftOpen) -> bool:
        """Whether another transaction used its nonce, for good."""
        one = left.newest
        assert one.nonce is not None  # noqa: S101 - it was bound to one
        return self._finality.is_used(one.sender, nonce=one.nonce)

    def _outcome(self, mined: Mined, left: LeftOpen) -> Mined | None:
        """Give what an act ended with, or name what it failed with, or that it was withdrawn."""
        one = next(e.signed for e in left.attempts if e.signed.transaction == mined.hash)
        withdrawn = _is_withdrawal(left.attempts, mined)
        self._posting.done(one.transaction)
        if mined.succeeded and not withdrawn:
            return mined
        if left.noted not in (Noted.OPEN, Noted.DONE):
            return None
        if withdrawn:
            first = left.attempts[0].signed
            raise ActWithdrawn(
                transaction=first.transaction, address=one.sender, nonce=one.nonce or 0
            )
        raise self._reasons.of(mined, one.request, one.sender, one.gas)


def _is_withdrawal(attempts: Sequence[Attempt], mined: Mined) -> bool:
    """Whether what was mined of an act's transactions is the one that withdraws it."""
    return any(each.withdraws and each.signed.transaction == mined.hash for each in attempts)

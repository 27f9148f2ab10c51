"""Going on with an act that an earlier call bound to a nonce and did not see the end of.

Nothing is signed here: what was signed then is handed in again, and looked for.

Example:
    >>> from salus.chain import connect
    >>> type(connect("tester").sender.taking_up).__name__
    'TakingUp'
"""

from __future__ import annotations

from salus.chain.node.answers import RpcFailure
from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction
from salus.chain.sending.errors import NonceConflict, TransactionReplaced, TransactionUnknown
from salus.chain.sending.finality import Finality
from salus.chain.sending.journal import Journal
from salus.chain.sending.posting import Posting
from salus.chain.sending.reasons import Reasons
from salus.chain.sending.watcher import Mined, Watcher
from salus.errors import SalusError


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
        """Wait for an act; None where another transaction used its nonce for good.

        Raises:
            ContractError: It was mined and failed.
            TransactionError: The node does not take it, or does not mine it in time.
            TransactionUnknown: The node is silent about it.
        """
        newest = left.attempts[-1].signed
        try:
            mined = self.replacement(newest, among=left.attempts) or self._posted(left)
        except BaseException as error:
            self._journal.let_go([newest], error)
            raise
        if mined is not None:
            self._journal.note_mined([mined])
            self._require_done(mined, left)
        self._journal.let_go([newest], None)
        return mined

    def replacement(
        self, one: SignedTransaction, *, among: tuple[Attempt, ...] | None = None
    ) -> Mined | None:
        """Look once for whichever of an act's transactions is mined."""
        for each in self._journal.attempts(one) if among is None else among:
            found = self._watcher.look(each.signed.transaction)
            if isinstance(found, Mined):
                return found
            if isinstance(found, RpcFailure):
                raise one.unknown(url=self._posting.url, reason=found.message)
        return None

    def _posted(self, left: LeftOpen) -> Mined | None:
        newest = left.attempts[-1].signed
        if left.done:
            raise newest.unknown(url=self._posting.url, reason="it is done; its receipt is gone")
        problem = self._posting.post(newest)
        if problem is None:
            try:
                return self._watcher.wait(
                    newest.transaction, sender=newest.sender, nonce=newest.nonce
                )
            except TransactionReplaced as error:
                problem = error
        elif not isinstance(problem, NonceConflict | TransactionUnknown):
            self._journal.fail(newest, refusal=problem)
            raise problem
        return self._overtaken(newest, left, problem)

    def _overtaken(
        self, newest: SignedTransaction, left: LeftOpen, problem: SalusError
    ) -> Mined | None:
        """Whether one of its own transactions was faster, or another one for good."""
        if (mined := self.replacement(newest, among=left.attempts)) is not None:
            return mined
        assert newest.nonce is not None  # noqa: S101 - it was bound to one
        if not self._finality.is_used(newest.sender, nonce=newest.nonce):
            raise problem
        self._journal.fail(newest, refusal=None)
        return None

    def _require_done(self, mined: Mined, left: LeftOpen) -> None:
        """Name what an act that is mined failed with, or that it was withdrawn."""
        attempt = next(each for each in left.attempts if each.signed.transaction == mined.hash)
        one = attempt.signed
        self._posting.done(one.transaction)
        if attempt.withdraws:
            nonce = one.nonce or 0
            first = left.attempts[0].signed
            raise TransactionReplaced(
                transaction=first.transaction, address=one.sender, nonce=nonce
            )
        if not mined.succeeded:
            error = self._reasons.of(mined, one.request, one.sender, one.gas)
            self._journal.let_go([one], error)
            raise error

"""Binding acts to an account's next nonces: signed, and written down before any of them leaves.

Example:
    >>> Binding.__name__
    'Binding'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from salus.chain.sending.acts import SignedTransaction, TransactionRequest
from salus.chain.sending.errors import NodeFull
from salus.chain.sending.fees import Fees
from salus.chain.sending.journal import Journal, give_up
from salus.chain.sending.nonces import Turn
from salus.chain.sending.posting import Posting
from salus.chain.signing.signers import Account
from salus.errors import SalusError

PART = 500
"""So many acts are signed and written down at once: the first leave while the next are signed."""


class Binding:
    """Signs acts of one account in its turn, each with a nonce that nothing else is bound to."""

    def __init__(
        self,
        journal: Journal,
        posting: Posting,
        account: Account,
        *,
        turn: Turn,
        fees: Fees,
        chain_id: int,
    ) -> None:
        self._journal, self._posting, self._account = journal, posting, account
        self._turn, self._prices, self._chain_id = turn, fees.fields(), chain_id
        self._turns: int | None = None
        self._taken: set[int] = set()
        self.problem: SalusError | None = None
        """Why the parts ended before all acts were bound, where some were."""

    def parts(
        self, requests: Sequence[TransactionRequest], limits: Sequence[int]
    ) -> Iterator[list[SignedTransaction]]:
        """Bind acts part by part; what a key that is elsewhere signs is bound as a whole.

        Raises:
            SalusError: Nothing was bound. Of a later part it is kept as ``problem``.
        """
        size = PART if self._account.signs_here else max(1, len(requests))
        for start in range(0, len(requests), size):
            end = start + size
            try:
                part = self.bound(requests[start:end], limits[start:end])
            except SalusError as problem:
                if not start:
                    raise
                self.problem = problem
                return
            yield part

    def bound(
        self, requests: Sequence[TransactionRequest], limits: Sequence[int]
    ) -> list[SignedTransaction]:
        """Sign with the next nonces and write down; again where another process took them.

        Raises:
            SalusError: The key does not sign, or nothing can be written down.
        """
        while True:
            turns = self._look() if self._turns is None else self._turns
            nonces = self._turn.take(len(requests), bound=self._taken)
            signed = [
                SignedTransaction.made(
                    request,
                    self._account,
                    nonce=nonce,
                    gas=gas,
                    prices=self._prices,
                    chain_id=self._chain_id,
                )
                for request, nonce, gas in zip(requests, nonces, limits, strict=True)
            ]
            if self._journal.bind(signed, turns=turns):
                self._turns = turns + 1
                self._turn.keep()
                return signed
            self._turns = None

    def _look(self) -> int:
        """See which nonces are taken; how many turns there were before that."""
        sender = self._account.address
        turns = self._journal.turns(sender)
        bound = self._journal.bound(sender)  # before the node: what it mines is closed
        self._turn.begin_anew()
        self._taken = bound.keys() - self._refused_orphans(bound, since=self._turn.first)
        return turns

    def _refused_orphans(
        self, bound: Mapping[int, SignedTransaction | None], *, since: int
    ) -> set[int]:
        """Hand in what ended calls left, lowest first; return the nonces that are free again."""
        free = set[int]()
        for nonce, one in sorted(bound.items()):
            if one is None or nonce < since:
                continue
            problem = self._posting.post(one)
            if isinstance(problem, NodeFull):
                break  # those after it come before their turn even more
            if give_up(self._journal, one, problem):
                free.add(nonce)
        return free

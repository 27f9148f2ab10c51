"""Sending: simulate, price, sign here, write down, submit, wait, and name what went wrong.

Nothing is replaced by itself: a transaction that is not mined in time is reported with its hash,
and stays what it is. Nothing is called unsent before the node was asked for it by its hash. What a
journal knows of is never sent a second time: an act has one nonce (docs/adr/0270-outbox.md).

Example:
    >>> from salus.chain import connect, development_account
    >>> chain = connect("tester")
    >>> me = development_account(0)
    >>> registry = chain.contract("IdentityRegistry")
    >>> sent = registry.send("setAttribute", me.identity, b"a" * 32, b"value", 60, account=me)
    >>> type(sent.events[0]).__name__
    'DIDAttributeChanged'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from salus.chain.node.answers import count
from salus.chain.node.rpc import Rpc
from salus.chain.sending.acts import SignedTransaction, TransactionRequest
from salus.chain.sending.binding import Binding
from salus.chain.sending.errors import (
    ActTaken,
    ActWithdrawn,
    NodeFull,
    TransactionDropped,
    TransactionError,
    TransactionPending,
    TransactionReplaced,
    TransactionUnknown,
)
from salus.chain.sending.fees import Fees, GasLimits, Spending, suggest
from salus.chain.sending.finality import Finality
from salus.chain.sending.journal import Journal, give_up
from salus.chain.sending.nonces import Nonces, Turn
from salus.chain.sending.pipeline import OnSeen, Pipeline, Posted
from salus.chain.sending.posting import Posting, told
from salus.chain.sending.reasons import Reasons
from salus.chain.sending.replacing import Replacing
from salus.chain.sending.taking_up import TakingUp
from salus.chain.sending.watcher import TIMEOUT, Mined, Watcher
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Account
from salus.errors import ContractError, SalusError, StorageError
from salus_verify.encoding import hex0x

__all__ = ["Sender", "TransactionRequest"]


class Sender:
    """Sends transactions of any account over one connection, and waits so many seconds for each.

    Attributes:
        journal: Where acts are written down before they leave.
        finality: Closes acts of the journal that are deep enough in the chain.
        taking_up: Goes on with acts of the journal that an earlier call left open.
        replacing: Signs open acts of the journal anew, at a higher price or to withdraw them.
        pipeline: Posts many transactions of one account, and follows them.
    """

    def __init__(
        self,
        rpc: Rpc,
        *,
        chain_id: int,
        local: bool,
        timeout: float = TIMEOUT,
        spending: Spending,
        journal: Journal,
        connections: int | None = None,
    ) -> None:
        self._rpc, self.chain_id, self._spending = rpc, chain_id, spending
        self.journal = journal
        self._watcher = Watcher(rpc, local=local, timeout=timeout)
        self._posting = Posting(rpc, self._watcher, local=local, connections=connections)
        self._limits, self._reasons = GasLimits(rpc), Reasons(rpc)
        self._nonces = Nonces(
            lambda address: count(rpc.request("eth_getTransactionCount", address, "pending"))
        )
        self.finality = Finality(rpc, self._watcher, journal)
        self.taking_up = TakingUp(
            self._watcher, self._posting, self._reasons, journal=journal, finality=self.finality
        )
        self.replacing = Replacing(rpc, self._posting, journal, spending, chain_id)
        self.pipeline = Pipeline(
            self._watcher, self._posting, journal, settled=self._settled, outcome=self._outcome
        )

    @property
    def posted(self) -> int:
        """How many transactions may have left this machine so far, whatever became of them."""
        return self._posting.posted

    def send(self, request: TransactionRequest, account: AnyAccount) -> Mined:
        """Send one transaction, signed and paid by the account, and wait until it is mined.

        An act that an earlier call left open is not sent again: its outcome is waited for.

        Raises:
            ContractError: The contract refuses; nothing was sent, or what was sent changed nothing.
            FeeTooHigh: It may cost more than it may; nothing was sent.
            TransactionError: The node does not take it, or does not mine it in time.
            TransactionUnknown: The node went silent after it may have taken it.
        """
        account, request = Account.of(account), self.journal.named(request)
        while True:
            left = self.journal.find([request], account.address).get(0)
            if left is not None and (mined := self.taking_up.finish(left)) is not None:
                return mined
            with suppress(ActTaken):  # then it is found
                return self.send_anew(request, account)

    def send_anew(self, request: TransactionRequest, account: Account) -> Mined:
        """Send one transaction as :meth:`send` does, whatever was left open.

        Raises:
            SalusError: As for :meth:`send`.
        """
        if self.journal.confirmations:
            self.finality.settle(account.address)
        fees = suggest(self._rpc)
        gas = self._limits.of(request, account.address, fees)
        self._spending.require(gas, fees)
        signed: list[SignedTransaction] = []
        with self._under_way(signed):
            with self._nonces.turn(account.address) as turn:
                signed += self._binding(account, turn, fees).bound([request], [gas])
                self.journal.require_held(signed)
                problem = self._posting.post(signed[0])
                if not isinstance(problem, NodeFull):
                    self._require_taken(signed[0], problem)
            with told(signed), self._settling(account, 1):
                if problem is not None:
                    self._require_taken(signed[0], self._posting.post_when_room(signed[0]))
                outcome = self._settled(signed[0])
            if isinstance(outcome, SalusError):
                raise outcome
        return outcome

    def send_many(
        self,
        requests: Sequence[TransactionRequest],
        account: AnyAccount,
        *,
        seen: OnSeen = lambda _: None,
    ) -> list[Mined | SalusError]:
        """Send many transactions of one account without waiting in between.

        All are simulated first, each against the state as it is now, and nothing is sent unless all
        of them succeed so. A request with a gas limit of its own is not simulated. Of one that
        reverted, was not taken, or whose fate the node does not tell, the error is returned. What
        is mined is given to ``seen`` while others are on their way.

        Raises:
            ContractError: A contract refuses one of them; nothing was sent.
        """
        account, requests = Account.of(account), [self.journal.named(each) for each in requests]
        outcomes: dict[int, Mined | SalusError] = {}
        while len(outcomes) < len(requests):
            others = [place for place in range(len(requests)) if place not in outcomes]
            left = self.journal.find([requests[place] for place in others], account.address)
            for index, outcome in self.taking_up.finish_all(left).items():
                outcomes[others[index]] = outcome
            others = [place for place in others if place not in outcomes]
            with suppress(ActTaken):  # then it is found
                anew = [requests[place] for place in others]
                sent = self._send_many_anew(anew, account, seen)
                outcomes |= dict(zip(others, sent, strict=False))
        return [outcomes[place] for place in range(len(requests))]

    def _send_many_anew(
        self, requests: Sequence[TransactionRequest], account: Account, seen: OnSeen
    ) -> list[Mined | SalusError]:
        fees = suggest(self._rpc)
        limits = self._limits.of_all(requests, account.address, fees)
        self._spending.require(max(limits, default=0), fees)
        since = count(self._rpc.request("eth_blockNumber"))
        posted = Posted(self._rpc, since=since, seen=seen)
        with self._under_way(posted.signed):
            with self._nonces.turn(account.address) as turn:
                binding = self._binding(account, turn, fees)
                parts = binding.parts(requests, limits)
                self.pipeline.post(posted, parts, many=len(requests))
            refused = sum(each is not None for each in posted.problems)
            self._nonces.settle(account.address, refused)
            with told(posted.signed), self._settling(account, len(posted.signed) - refused):
                ends = self.pipeline.outcomes(posted)
        if binding.problem is None or isinstance(binding.problem, ActTaken):  # then it is found
            return ends
        return [*ends, *[binding.problem] * (len(requests) - len(ends))]

    def pass_on(self, raw: bytes, *, sender: str) -> Mined:
        """Submit a transaction that somebody else signed, and wait until it is mined.

        Raises:
            SalusError: As for :meth:`send`.
        """
        from eth_utils.crypto import keccak

        transaction = hex0x(keccak(raw))
        one = SignedTransaction(
            raw, transaction, TransactionRequest("", b""), sender, nonce=None, gas=0
        )
        problem = self._posting.post(one)
        if problem is not None:
            raise problem
        return self.outcome(transaction)

    def outcome(self, transaction: str, *, timeout: float | None = None) -> Mined:
        """Wait for a transaction that was sent before, by whomever, for so many seconds.

        Raises:
            TransactionPending: It is not mined in time.
            TransactionReplaced: Another one with its nonce was mined instead.
            TransactionDropped: The node does not have it.
            ContractError: It was mined and failed.
        """
        sender, nonce = self._posting.under_way(transaction)
        try:
            receipt = self._watcher.wait(transaction, sender=sender, nonce=nonce, timeout=timeout)
        except (TransactionReplaced, TransactionDropped):
            instead, withdraws = self.taking_up.instead_of(transaction, sender)
            if instead is None or withdraws:
                raise  # by its hash alone nobody knows what it was to do
            receipt = instead  # the same act, at another price
        self._posting.done(transaction)
        self.journal.note_mined([receipt])
        failure = None if receipt.succeeded else self._reasons.of_any(receipt)
        self.journal.note_told(receipt)
        if failure is not None:
            raise failure
        return receipt

    def superseded(self, error: ContractError) -> None:
        """Note that a call which met this error made its act anew: nothing is left to look at."""
        if error.mined is not None:
            self.journal.supersede(error.mined)

    def _binding(self, account: Account, turn: Turn, fees: Fees) -> Binding:
        return Binding(
            self.journal, self._posting, account, turn=turn, fees=fees, chain_id=self.chain_id
        )

    def _require_taken(self, one: SignedTransaction, problem: SalusError | None) -> None:
        if problem is not None:
            give_up(self.journal, one, problem)
            raise problem

    @contextmanager
    def _settling(self, account: Account, number: int) -> Iterator[None]:
        """However waiting ends, nonces are no longer counted as under way."""
        try:
            yield
        finally:
            self._nonces.settle(account.address, number)

    @contextmanager
    def _under_way(self, signed: Sequence[SignedTransaction]) -> Iterator[None]:
        """Let others take up what is still open when a call is over, however it ends."""
        try:
            yield
        except BaseException as end:
            self.journal.let_go(signed, end)
            raise
        self.journal.let_go(signed, None)

    def _settled(
        self, one: SignedTransaction, timeout: float | None = None, *, again: bool = False
    ) -> Mined | SalusError:
        try:
            receipt = self._watcher.wait(
                one.transaction, sender=one.sender, nonce=one.nonce, timeout=timeout
            )
        except TransactionReplaced as error:
            try:
                instead, withdraws = self.taking_up.instead_of(one.transaction, one.sender)
            except TransactionUnknown as unknown:
                return unknown
            if instead is None:
                return error
            receipt = instead
            if withdraws:  # it was mined, and the act was not done
                self.journal.note_mined([receipt])
                self._posting.done(one.transaction)
                return ActWithdrawn(
                    transaction=error.transaction, address=error.address, nonce=error.nonce
                )
        except TransactionPending as pending:
            if again or timeout == 0 or not self._hands_in_before(one):
                return pending
            return self._settled(one, timeout, again=True)
        except (TransactionError, TransactionUnknown) as error:
            return error
        self.journal.note_mined([receipt])
        return self._outcome(one, receipt)

    def _hands_in_before(self, one: SignedTransaction) -> bool:
        """Hand in what ended calls bound to earlier nonces and the node lacks: one waits for it."""
        try:
            bound = self.journal.bound(one.sender)
        except StorageError:  # that one is not mined is the answer
            return False
        earlier = [bound[nonce] for nonce in sorted(bound) if nonce < (one.nonce or 0)]
        missing = self._posting.forgotten([each for each in earlier if each is not None])
        return [self._posting.post(each) for each in missing].count(None) > 0

    def _outcome(self, one: SignedTransaction, receipt: Mined) -> Mined | SalusError:
        self._posting.done(one.transaction)
        if receipt.succeeded:
            return receipt
        return self._reasons.of(receipt, one.request, one.sender, one.gas)

"""Signing an open act anew with its own nonce: at a higher price, or to withdraw it.

Example:
    >>> from salus.chain import connect
    >>> type(connect("tester").sender.replacing).__name__
    'Replacing'
"""

from __future__ import annotations

from salus.chain.node.answers import RpcFailure, count
from salus.chain.node.rpc import Rpc
from salus.chain.sending.acts import Attempt, LeftOpen, SignedTransaction, TransactionRequest
from salus.chain.sending.errors import TransactionUnknown
from salus.chain.sending.fees import GAS_MARGIN, Fees, Spending, suggest
from salus.chain.sending.journal import Journal
from salus.chain.sending.posting import Posting
from salus.chain.signing.raw_transactions import prices_of
from salus.chain.signing.signers import Account

TRANSFER_GAS = 21_000
"""What a transaction that does nothing costs at least."""


class Replacing:
    """Makes a second transaction of an act: at most one of them can ever be mined."""

    def __init__(
        self, rpc: Rpc, posting: Posting, journal: Journal, spending: Spending, chain_id: int
    ) -> None:
        self._rpc, self._posting, self._journal = rpc, posting, journal
        self._spending, self._chain_id = spending, chain_id

    def hasten(self, left: LeftOpen, account: Account) -> SignedTransaction:
        """Offer more for the same content.

        Raises:
            FeeTooHigh: It may cost more than it may; nothing was sent.
            TransactionError: The node does not take it.
        """
        gas, fees = left.attempts[0].signed.gas, suggest(self._rpc)
        return self._replaced(left, left.request, account, gas=gas, fees=fees, withdraws=False)

    def withdraw(self, left: LeftOpen, account: Account) -> SignedTransaction:
        """Use the nonce for nothing, if the act itself is not faster.

        Raises:
            SalusError: As for :meth:`hasten`.
        """
        nothing, fees = TransactionRequest(account.address, b""), suggest(self._rpc)
        gas = self._gas_of(nothing, account, fees)
        return self._replaced(left, nothing, account, gas=gas, fees=fees, withdraws=True)

    def _gas_of(self, nothing: TransactionRequest, account: Account, fees: Fees) -> int:
        """Some chains count data or the account's code too; without an estimate, the least."""
        answer = self._rpc.attempt("eth_estimateGas", nothing.call(account.address))
        needed = TRANSFER_GAS if isinstance(answer, RpcFailure) else count(answer)
        if needed <= TRANSFER_GAS:
            return TRANSFER_GAS
        return fees.limit(needed, margin=GAS_MARGIN)

    def _replaced(
        self,
        left: LeftOpen,
        request: TransactionRequest,
        account: Account,
        *,
        gas: int,
        fees: Fees,
        withdraws: bool,
    ) -> SignedTransaction:
        newest = left.newest
        tip, ceiling = prices_of(newest.raw)
        fees = fees.over(tip=tip, ceiling=ceiling)
        self._spending.require(gas, fees)
        assert newest.nonce is not None  # noqa: S101 - it was bound to one
        made = SignedTransaction.made(
            request,
            account,
            nonce=newest.nonce,
            gas=gas,
            prices=fees.fields(),
            chain_id=self._chain_id,
        )
        self._journal.replace(newest, Attempt(made, withdraws))
        if (problem := self._posting.post(made)) is not None:
            if not isinstance(problem, TransactionUnknown):
                self._journal.fail(made, refusal=problem)
            raise problem
        return made

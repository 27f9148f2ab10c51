"""Sending: simulate, price, sign here, submit, wait, and name what went wrong.

Nothing is ever replaced: a transaction that is not mined in time is reported with its hash, and
stays what it is. Nothing is called unsent before the node was asked for it by its hash.

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

from collections.abc import Sequence

from salus.chain.abi.revert import named_revert
from salus.chain.errors import AnswerMalformed, ChainUnreachable
from salus.chain.node.answers import RpcFailure, count, is_of, member, octets, quantity
from salus.chain.node.rpc import Rpc
from salus.chain.sending.errors import TransactionError, TransactionUnknown
from salus.chain.sending.fees import GAS_MARGIN, Fees, Spending, suggest
from salus.chain.sending.nonces import Nonces
from salus.chain.sending.posting import Posting, SignedTransaction, TransactionRequest, told
from salus.chain.sending.receipts import Mined
from salus.chain.sending.refusals import named_failure
from salus.chain.sending.watcher import TIMEOUT, Watcher, reason_of
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Account
from salus.contracts.reverts import OutOfGas, RevertedWithoutReason
from salus.errors import SalusError
from salus_verify.encoding import hex0x

__all__ = ["Sender", "TransactionRequest"]


MANY = 8
"""So many transactions are looked for by block: one answer tells of all."""


class Sender:
    """Sends transactions of any account over one connection, and waits so many seconds for each."""

    def __init__(
        self,
        rpc: Rpc,
        *,
        chain_id: int,
        local: bool,
        timeout: float = TIMEOUT,
        spending: Spending,
    ) -> None:
        self._rpc, self.chain_id, self._spending = rpc, chain_id, spending
        self._watcher = Watcher(rpc, local=local, timeout=timeout)
        self._posting = Posting(rpc, self._watcher, local=local)
        self._nonces = Nonces(
            lambda address: count(rpc.request("eth_getTransactionCount", address, "pending"))
        )

    @property
    def posted(self) -> int:
        """How many transactions may have left this machine so far, whatever became of them."""
        return self._posting.posted

    def send(self, request: TransactionRequest, account: AnyAccount) -> Mined:
        """Send one transaction, signed and paid by the account, and wait until it is mined.

        Raises:
            ContractError: The contract refuses; nothing was sent, or what was sent changed nothing.
            FeeTooHigh: It may cost more than it may; nothing was sent.
            TransactionError: The node does not take it, or does not mine it in time.
            TransactionUnknown: The node went silent after it may have taken it.
        """
        account, fees = Account.of(account), suggest(self._rpc)
        gas = self._estimate(request, account.address, fees)
        self._spending.require(gas, fees)
        with self._nonces.turn(account.address) as turn:
            nonce = turn.take()
            one = self._sign(request, account, nonce=nonce, gas=gas, fees=fees)
            problem = self._posting.post(one)
            if problem is not None:
                raise problem
        with told([one]):
            outcome = self._settled(one)
        if isinstance(outcome, SalusError):
            raise outcome
        return outcome

    def send_many(
        self, requests: Sequence[TransactionRequest], account: AnyAccount
    ) -> list[Mined | SalusError]:
        """Send many transactions of one account without waiting in between.

        All are simulated first, each against the state as it is now, and nothing is sent unless all
        of them succeed so. A request with a gas limit of its own is not simulated. Of one that
        reverted, was not taken, or whose fate the node does not tell, the error is returned.

        Raises:
            ContractError: A contract refuses one of them; nothing was sent.
        """
        account, fees = Account.of(account), suggest(self._rpc)
        limits = self._estimates(requests, account.address, fees)
        self._spending.require(max(limits, default=0), fees)
        since = count(self._rpc.request("eth_blockNumber"))
        with self._nonces.turn(account.address) as turn:
            first = turn.take(len(requests))
            signed = [
                self._sign(request, account, nonce=first + i, gas=gas, fees=fees)
                for i, (request, gas) in enumerate(zip(requests, limits, strict=True))
            ]
            problems = self._posting.post_all(signed)
        self._nonces.settle(account.address, sum(each is not None for each in problems))
        with told(signed):
            return self._settled_all(signed, problems, since=since)

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
        receipt = self._watcher.wait(transaction, sender=sender, nonce=nonce, timeout=timeout)
        self._posting.done(transaction)
        if receipt.succeeded:
            return receipt
        raw = self._rpc.request("eth_getTransactionByHash", transaction)
        if not is_of(raw, transaction):
            raise AnswerMalformed(reason="it has a receipt, but not its transaction")
        data = octets(member(raw, "input", "data"))
        request = TransactionRequest(
            str(member(raw, "to")), data, value=quantity(member(raw, "value"))
        )
        gas = count(member(raw, "gas"))
        raise self._why(receipt, request, str(member(raw, "from")), gas)

    def _estimate(self, request: TransactionRequest, sender: str, fees: Fees) -> int:
        if request.gas:
            return fees.limit(request.gas)
        estimate = self._rpc.attempt("eth_estimateGas", request.call(sender))
        if isinstance(estimate, RpcFailure):
            raise self._refused(estimate, request, sender)
        return fees.limit(count(estimate), margin=GAS_MARGIN)

    def _estimates(
        self, requests: Sequence[TransactionRequest], sender: str, fees: Fees
    ) -> list[int]:
        open_ones = [each for each in requests if each.gas is None]
        answers = self._rpc.batch([("eth_estimateGas", (r.call(sender),)) for r in open_ones])
        found = {}
        for request, answer in zip(open_ones, answers, strict=True):
            if isinstance(answer, RpcFailure):
                error = self._refused(answer, request, sender)
                error.add_note(f"call {requests.index(request)} of {len(requests)}; none was sent")
                raise error
            found[id(request)] = fees.limit(count(answer), margin=GAS_MARGIN)
        return [
            fees.limit(request.gas) if request.gas else found[id(request)] for request in requests
        ]

    def _refused(self, failure: RpcFailure, request: TransactionRequest, sender: str) -> SalusError:
        return named_failure(failure, target=request.to, sender=sender, url=self._rpc.url)

    def _sign(
        self, request: TransactionRequest, account: Account, *, nonce: int, gas: int, fees: Fees
    ) -> SignedTransaction:
        fields = {
            "to": request.to,
            "data": request.data,
            "value": request.value,
            "nonce": nonce,
            "gas": gas,
            "chainId": self.chain_id,
        }
        raw, transaction = account.sign_transaction({**fields, **fees.fields()})
        return SignedTransaction(raw, transaction, request, account.address, nonce=nonce, gas=gas)

    def _settled(
        self, one: SignedTransaction, *, timeout: float | None = None
    ) -> Mined | SalusError:
        try:
            receipt = self._watcher.wait(
                one.transaction, sender=one.sender, nonce=one.nonce, timeout=timeout
            )
        except (TransactionError, TransactionUnknown) as error:
            return error
        finally:
            self._nonces.settle(one.sender)
        return self._outcome(one, receipt)

    def _outcome(self, one: SignedTransaction, receipt: Mined) -> Mined | SalusError:
        self._posting.done(one.transaction)
        if receipt.succeeded:
            return receipt
        return self._why(receipt, one.request, one.sender, one.gas)

    def _settled_all(
        self,
        signed: Sequence[SignedTransaction],
        problems: Sequence[SalusError | None],
        *,
        since: int,
    ) -> list[Mined | SalusError]:
        """What became of each: once the node is silent, or mines no more, none is waited for."""
        posted = [
            one.transaction for one, each in zip(signed, problems, strict=True) if each is None
        ]
        mined = self._watcher.wait_for_many(posted, since=since) if len(posted) >= MANY else {}
        outcomes: list[Mined | SalusError] = []
        silent: TransactionUnknown | None = None
        timeout: float | None = None
        for one, problem in zip(signed, problems, strict=True):
            if problem is not None:
                outcomes.append(problem)
                continue
            if silent is not None:
                outcomes.append(one.unknown(url=self._rpc.url, reason=silent.reason))
                continue
            if one.transaction in mined:
                self._nonces.settle(one.sender)
                outcomes.append(self._outcome(one, mined[one.transaction]))
                continue
            outcome = self._settled(one, timeout=timeout)
            outcomes.append(outcome)
            silent = outcome if isinstance(outcome, TransactionUnknown) else None
            timeout = 0.0 if isinstance(outcome, TransactionError) else timeout
        return outcomes

    def _why(
        self, receipt: Mined, request: TransactionRequest, sender: str, gas: int
    ) -> SalusError:
        """Ask again what a mined transaction failed with: receipts do not say.

        The state before its block is asked first: what the block itself changed afterwards, the
        transaction had not seen.
        """
        if receipt.gas_used >= gas:
            return OutOfGas(transaction=receipt.hash, gas_limit=gas)
        found: SalusError = RevertedWithoutReason(target=request.to)
        for block in (receipt.block_number - 1, receipt.block_number):
            try:
                answer = self._rpc.attempt("eth_call", request.call(sender), hex(max(block, 0)))
            except ChainUnreachable as error:
                found.add_note(f"the node does not say why: {reason_of(error)}")
                break
            if isinstance(answer, RpcFailure):
                named = named_revert(answer, target=request.to)
                if named is not None:
                    found = named
                    break
                found.add_note(f"the node does not say why: {answer.message}")
        found.add_note(f"transaction {receipt.hash}, block {receipt.block_number}")
        return found

"""Sending: simulate, price, sign here, submit, wait, and name what went wrong.

Nothing is ever replaced: a transaction that is not mined in time is reported with its hash, and
stays what it is.

Example:
    >>> from salus.chain import Chain
    >>> from salus.chain.signers import development_account
    >>> chain = Chain.connect("tester")
    >>> me = development_account(0)
    >>> registry = chain.contract("IdentityRegistry")
    >>> sent = registry.send("setAttribute", me.identity, b"a" * 32, b"value", 60, account=me)
    >>> type(sent.events[0]).__name__
    'DIDAttributeChanged'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salus.chain.fees import Fees, suggest
from salus.chain.nonces import Nonces
from salus.chain.revert import is_known, named_failure
from salus.chain.rpc import Rpc, RpcFailure, octets, quantity
from salus.chain.signers import Account
from salus.chain.watcher import TIMEOUT, Receipt, Watcher
from salus.errors import (
    ChainUnreachable,
    OutOfGas,
    RevertedWithoutReason,
    SalusError,
    TransactionPending,
)
from salus.values import typed

GAS_MARGIN = 1.2
"""What is allowed over the estimate: state may change between the two."""


@dataclass(frozen=True, slots=True)
@typed
class Request:
    """What a transaction is to do.

    Attributes:
        to: The contract's address.
        data: Selector and encoded arguments.
        value: Wei to send along.
        gas: Gas limit; estimated when None.
    """

    to: str
    data: bytes
    value: int = 0
    gas: int | None = None

    def call(self, sender: str) -> dict[str, str]:
        """Give the request as ``eth_call`` and ``eth_estimateGas`` take it.

        Args:
            sender: Who calls; nobody in particular when empty.

        Returns:
            The JSON-RPC object.
        """
        fields = {"to": self.to, "data": "0x" + self.data.hex()}
        if sender:
            fields["from"] = sender
        if self.value:
            fields["value"] = hex(self.value)
        return fields


class Sender:
    """Sends transactions over one connection.

    Args:
        rpc: The node.
        chain_id: What every transaction is signed for.
        local: Whether the chain is a development chain: polled quickly, mined on demand.
        timeout: Seconds to wait for each transaction.
    """

    def __init__(self, rpc: Rpc, *, chain_id: int, local: bool, timeout: float = TIMEOUT) -> None:
        self._rpc, self._chain_id = rpc, chain_id
        self._watcher = Watcher(rpc, local=local, timeout=timeout)
        self._nonces = Nonces(
            lambda address: quantity(rpc.request("eth_getTransactionCount", address, "pending"))
        )

    def send(self, request: Request, account: Account) -> Receipt:
        """Send one transaction and wait until it is mined.

        Args:
            request: What it does.
            account: Who signs and pays.

        Returns:
            Its receipt.

        Raises:
            ContractError: The contract refuses; nothing was sent, or what was sent changed nothing.
            TransactionError: The node does not take it, or does not mine it in time.
        """
        gas = request.gas or self._estimate(request, account.address)
        fees = suggest(self._rpc)
        with self._nonces.turn(account.address) as turn:
            nonce = turn.take()
            raw, transaction = self._sign(request, account, nonce=nonce, gas=gas, fees=fees)
            self._submit(request, account, raw, nonce=nonce)
        outcome = self._settled(transaction, request, account, gas)
        if isinstance(outcome, SalusError):
            raise outcome
        return outcome

    def send_many(
        self, requests: Sequence[Request], account: Account
    ) -> list[Receipt | SalusError]:
        """Send many transactions of one account without waiting in between.

        All are simulated first, each against the state as it is now, and nothing is sent unless all
        of them succeed so. A request with a gas limit of its own is not simulated.

        Args:
            requests: What they do, in order.
            account: Who signs and pays.

        Returns:
            A receipt for each, or the error of one that reverted or was not taken.

        Raises:
            ContractError: A contract refuses one of them; nothing was sent.
        """
        limits = self._estimates(requests, account.address)
        fees = suggest(self._rpc)
        with self._nonces.turn(account.address) as turn:
            first = turn.take(len(requests))
            signed = [
                self._sign(request, account, nonce=first + i, gas=gas, fees=fees)
                for i, (request, gas) in enumerate(zip(requests, limits, strict=True))
            ]
            answers = self._submit_all([raw for raw, _ in signed])
        refused = [
            named_failure(answer, target=request.to, sender=account.address, nonce=first + i)
            if isinstance(answer, RpcFailure) and not is_known(answer)
            else None
            for i, (request, answer) in enumerate(zip(requests, answers, strict=True))
        ]
        self._nonces.settle(account.address, sum(each is not None for each in refused))
        return [
            error or self._settled(transaction, request, account, gas)
            for error, (_, transaction), request, gas in zip(
                refused, signed, requests, limits, strict=True
            )
        ]

    def outcome(self, transaction: str, *, timeout: float | None = None) -> Receipt:
        """Wait for a transaction that was sent before, by whomever.

        Args:
            transaction: Its 0x-prefixed hash.
            timeout: Seconds; the connection's own unless told.

        Returns:
            Its receipt.

        Raises:
            TransactionPending: It is not mined in time.
            ContractError: It was mined and failed.
        """
        receipt = self._watcher.wait(transaction, timeout=timeout)
        if receipt.succeeded:
            return receipt
        raw = self._rpc.request("eth_getTransactionByHash", transaction)
        data = octets(raw.get("input") or raw["data"])
        request = Request(str(raw["to"]), data, value=quantity(raw["value"]))
        raise self._why(receipt, request, str(raw["from"]), quantity(raw["gas"]))

    def _estimate(self, request: Request, sender: str) -> int:
        try:
            estimate = self._rpc.request("eth_estimateGas", request.call(sender))
        except RpcFailure as failure:
            raise named_failure(failure, target=request.to, sender=sender) from None
        return int(quantity(estimate) * GAS_MARGIN)

    def _estimates(self, requests: Sequence[Request], sender: str) -> list[int]:
        open_ones = [each for each in requests if each.gas is None]
        answers = self._rpc.batch([("eth_estimateGas", (r.call(sender),)) for r in open_ones])
        found = {}
        for request, answer in zip(open_ones, answers, strict=True):
            if isinstance(answer, RpcFailure):
                error = named_failure(answer, target=request.to, sender=sender)
                error.add_note(f"call {requests.index(request)} of {len(requests)}; none was sent")
                raise error
            found[id(request)] = int(quantity(answer) * GAS_MARGIN)
        return [request.gas or found[id(request)] for request in requests]

    def _sign(
        self, request: Request, account: Account, *, nonce: int, gas: int, fees: Fees
    ) -> tuple[bytes, str]:
        fields = {
            "to": request.to,
            "data": request.data,
            "value": request.value,
            "nonce": nonce,
            "gas": gas,
            "chainId": self._chain_id,
        }
        return account.sign_transaction({**fields, **fees.fields()})

    def _submit(self, request: Request, account: Account, raw: bytes, *, nonce: int) -> None:
        try:
            self._rpc.request("eth_sendRawTransaction", "0x" + raw.hex())
        except ChainUnreachable as error:
            error.add_note("the transaction may have been taken: look before sending it again")
            raise
        except RpcFailure as failure:
            if not is_known(failure):
                raise named_failure(
                    failure, target=request.to, sender=account.address, nonce=nonce
                ) from None

    def _submit_all(self, raws: Sequence[bytes]) -> list[Any]:
        """Submit in one go, and again one by one what came before its turn.

        Nodes may work on a batch in any order, and those that mine on demand keep nothing waiting.
        """
        answers = self._rpc.batch([("eth_sendRawTransaction", ("0x" + r.hex(),)) for r in raws])
        for i, answer in enumerate(answers):
            if isinstance(answer, RpcFailure) and not is_known(answer):
                answers[i] = self._attempt(raws[i])
        return answers

    def _attempt(self, raw: bytes) -> Any:
        try:
            return self._rpc.request("eth_sendRawTransaction", "0x" + raw.hex())
        except RpcFailure as failure:
            return failure

    def _settled(
        self, transaction: str, request: Request, account: Account, gas: int
    ) -> Receipt | SalusError:
        try:
            receipt = self._watcher.wait(transaction, sender=account.address)
        except TransactionPending as pending:
            return pending
        except ChainUnreachable as error:
            error.add_note(f"transaction {transaction} was sent: wait for it with Chain.wait")
            raise
        finally:
            self._nonces.settle(account.address)
        if receipt.succeeded:
            return receipt
        return self._why(receipt, request, account.address, gas)

    def _why(self, receipt: Receipt, request: Request, sender: str, gas: int) -> SalusError:
        """Ask again what a mined transaction failed with: receipts do not say.

        The state before its block is asked first: what the block itself changed afterwards, the
        transaction had not seen.
        """
        if receipt.gas_used >= gas:
            return OutOfGas(transaction=receipt.hash, gas_limit=gas)
        for block in (receipt.block_number - 1, receipt.block_number):
            try:
                self._rpc.request("eth_call", request.call(sender), hex(block))
            except RpcFailure as failure:
                error = named_failure(failure, target=request.to, sender=sender)
                error.add_note(f"transaction {receipt.hash}, block {receipt.block_number}")
                return error
        return RevertedWithoutReason(target=request.to)

"""One deployed contract: call it, send to it, read its events.

Example:
    >>> from salus.chain import connect
    >>> from salus.contracts.consents.events import ConsentRevoked
    >>> chain = connect("tester")
    >>> consents = chain.contract("ConsentRegistry")
    >>> consents.events(ConsentRevoked), consents.domain()["name"]
    ([], 'ConsentRegistry')
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from salus.chain.abi import catalogue
from salus.chain.abi.codec import decode, encode, named
from salus.chain.abi.eip712 import DOMAIN_VERSION, typed_data
from salus.chain.abi.event_sources import EventListing
from salus.chain.abi.logs import read_logs, read_spans
from salus.chain.errors import ArgumentsInvalid, NoContractCode
from salus.chain.node.answers import RpcFailure, octets
from salus.chain.node.rpc import Rpc
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.refusals import named_failure
from salus.chain.sending.sender import Sender
from salus.chain.sending.watcher import Mined
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Authorization, Signer
from salus.contracts.event import Event
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus.primitives.values import typed

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
@typed
class Transaction:
    """A transaction that was mined and succeeded.

    Attributes:
        hash: 0x-prefixed.
        block_number: The block that it is in.
        gas_used: Units of gas.
        effective_gas_price: Wei paid for each.
        events: What our contracts emitted, in order.
    """

    hash: str
    block_number: int
    gas_used: int
    effective_gas_price: int
    events: tuple[Event, ...] = field(default=())


@dataclass(frozen=True, slots=True)
@typed
class Call:
    """A call that is ready to be sent, as :meth:`Contract.prepare` gives it."""

    contract: Contract
    function: str
    data: bytes = field(repr=False)
    gas: int | None = None

    @property
    def request(self) -> TransactionRequest:
        """The call as a transaction's content."""
        return TransactionRequest(self.contract.address, self.data, gas=self.gas)


class Contract:
    """A deployed contract.

    Args:
        name: As in Solidity.
        address: Where it is, checksummed.
        rpc: The node.
        sender: Sends transactions to it.
        decode: Turns a mined transaction into one with events.
        listing: Where events come from that are only listed; defaults to the node.
    """

    @typed_arguments
    def __init__(
        self,
        name: str,
        address: str,
        *,
        rpc: Rpc,
        sender: Sender,
        decode: Callable[[Mined], Transaction],
        listing: EventListing | None = None,
    ) -> None:
        self.name, self.address = name, address
        self._listing = listing or EventListing(rpc)
        self._rpc, self._sender, self._read = rpc, sender, decode

    @property
    def chain_id(self) -> int:
        """EIP-155 chain id."""
        return self._sender.chain_id

    def __repr__(self) -> str:
        return f"Contract({self.name} at {self.address} on chain {self.chain_id})"

    @typed_arguments
    def call(self, function: str, *args: Any, block: int | str = "latest", sender: str = "") -> Any:
        """Call a function without a transaction.

        Args:
            function: Its name, as in Solidity.
            *args: Its arguments; structs as tuples, mappings or dataclasses.
            block: Number, or ``latest``; the state after it counts.
            sender: Who calls, for functions that look at it; defaults to nobody in particular.

        Returns:
            What it returns: one value, a named tuple of several, None of none.

        Raises:
            ContractError: It reverts; the class has the Solidity error's name.
            ArgumentsInvalid: It does not take these arguments.
            NoContractCode: There is no contract at the address.
            ChainUnreachable: The node does not answer.
        """
        described = catalogue.function(self.name, function)
        question = self._question(described, args, block=block, sender=sender)
        return self._answer(described, self._rpc.attempt("eth_call", *question), sender=sender)

    @typed_arguments
    def call_each(
        self, function: str, arguments: Sequence[tuple[Any, ...]], *, block: int | str = "latest"
    ) -> list[Any]:
        """Call a function many times, with as few requests to the node as it takes.

        Args:
            function: Its name, as in Solidity.
            arguments: Those of each call, as for :meth:`call`.
            block: As for :meth:`call`, as are the errors: the first call that fails raises.

        Returns:
            What each call returns, in order.
        """
        described = catalogue.function(self.name, function)
        questions = [self._question(described, each, block=block) for each in arguments]
        answers = self._rpc.batch([("eth_call", each) for each in questions])
        return [self._answer(described, each) for each in answers]

    @typed_arguments
    def prepare(self, function: str, *args: Any, gas: int | None = None) -> Call:
        """Encode a call for :meth:`Chain.send_many`; gas is estimated when None.

        Raises:
            ArgumentsInvalid: The function does not take these arguments.
        """
        data = self._encode(catalogue.function(self.name, function), args)
        return Call(self, function, data, gas)

    @typed_arguments
    def send(
        self, function: str, *args: Any, account: AnyAccount, gas: int | None = None
    ) -> Transaction:
        """Send a transaction and wait until it is mined.

        Args:
            function: Its name, as in Solidity.
            *args: Its arguments.
            account: Who signs and pays.
            gas: Gas limit; estimated, and thereby simulated, when None.

        Returns:
            The transaction with its events.

        Raises:
            ContractError: The contract refuses; nothing changed.
            TransactionError: The node does not take it, or does not mine it in time.
            ChainUnreachable: The node does not answer.
        """
        call = self.prepare(function, *args, gas=gas)
        return self._read(self._sender.send(call.request, account))

    @typed_arguments
    def events(
        self,
        event: type[E],
        *,
        from_block: int = 0,
        to_block: int | str = "latest",
        **indexed: Any,
    ) -> list[E]:
        """Read events of this contract, oldest first.

        Args:
            event: Their class.
            from_block: First block.
            to_block: Last block, or ``latest``.
            **indexed: Values that indexed fields must have, by the class's field names.

        Returns:
            The events.

        Raises:
            ArgumentsInvalid: The event has no such indexed field.
            ChainUnreachable: The node does not answer.
        """
        return read_logs(
            self._rpc,
            self.address,
            event,
            first=from_block,
            last=to_block,
            indexed=indexed,
        )

    @typed_arguments
    def listed(
        self,
        event: type[E],
        *,
        from_block: int = 0,
        to_block: int | str = "latest",
        **indexed: Any,
    ) -> list[E]:
        """Read events to list them, from an index where one is connected; as :meth:`events`.

        What is decided by events is read by :meth:`events`, which always asks the node.
        """
        return self._listing.source.read(
            self.address, event, first=from_block, last=to_block, indexed=indexed
        )

    @typed_arguments
    def where(
        self,
        event: type[Event],
        *,
        from_block: int = 0,
        to_block: int | str = "latest",
        **indexed: Any,
    ) -> list[range] | None:
        """Say in which spans of blocks an index knows such events, oldest first; None without one.

        It may leave some out; see :meth:`named`.
        """
        return self._listing.source.where(
            self.address, event, first=from_block, last=to_block, indexed=indexed
        )

    @typed_arguments
    def named(
        self,
        event: type[E],
        *,
        from_block: int = 0,
        to_block: int | str = "latest",
        **indexed: Any,
    ) -> list[E]:
        """Read events where an index says that they are, from the node: true, but perhaps not all.

        None without an index. For who sees by other means whether any are left out.
        """
        spans = self.where(event, from_block=from_block, to_block=to_block, **indexed)
        return self.events_in(event, spans, **indexed) if spans else []

    @typed_arguments
    def events_in(self, event: type[E], spans: Sequence[range], **indexed: Any) -> list[E]:
        """Read events in spans of blocks that do not overlap, from the node; as :meth:`events`."""
        return read_spans(self._rpc, self.address, event, spans=spans, indexed=indexed)

    def domain(self) -> dict[str, Any]:
        """The contract's signing domain (EIP-712): name, version, chain id, verifying contract."""
        return {
            "name": self.name,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.address,
        }

    @typed_arguments
    def typed_data(self, primary_type: str, message: dict[str, Any]) -> dict[str, Any]:
        """Build the full EIP-712 message of an act, ``deadline`` (Unix seconds) among its values.

        Raises:
            ArgumentsInvalid: The contract has no such act, or a value is missing or too many.
        """
        return typed_data(self.domain(), primary_type, message)

    @typed_arguments
    def authorize(
        self, by: Signer, primary_type: str, message: dict[str, Any], deadline: Moment
    ) -> Authorization:
        """Sign an act, whose message lacks its ``deadline``: anybody may submit it until then.

        A deadline is a datetime, a date or Unix seconds. What is returned is the contracts'
        ``Authorization``: signer bytes, deadline, signature.

        Raises:
            ArgumentsInvalid: The contract has no such act, or a value does not fit.
        """
        last = moment_of(deadline, name="deadline")
        typed = self.typed_data(primary_type, {**message, "deadline": last})
        return (by.signer, last, by.sign_typed_data(typed))

    def _question(
        self,
        described: catalogue.Function,
        args: tuple[Any, ...],
        *,
        block: int | str,
        sender: str = "",
    ) -> tuple[dict[str, Any], str]:
        request = TransactionRequest(self.address, self._encode(described, args))
        return request.call(sender), hex(block) if isinstance(block, int) else block

    def _answer(self, described: catalogue.Function, answer: Any, *, sender: str = "") -> Any:
        if isinstance(answer, RpcFailure):
            raise named_failure(answer, target=self.address, sender=sender, url=self._rpc.url)
        return self._decode(described, octets(answer))

    def _encode(self, described: catalogue.Function, args: tuple[Any, ...]) -> bytes:
        try:
            return described.selector + encode(described.inputs, args)
        except (ValueError, TypeError, KeyError) as error:
            function = f"{self.name}.{described.signature}"
            raise ArgumentsInvalid(function=function, reason=f"{error}") from None

    def _decode(self, described: catalogue.Function, answer: bytes) -> Any:
        if not described.outputs:
            return None
        try:
            values = decode(described.outputs, answer)
        except ValueError:
            raise NoContractCode(
                name=self.name, address=self.address, chain_id=self.chain_id
            ) from None
        return values[0] if len(values) == 1 else named(described.outputs, values)

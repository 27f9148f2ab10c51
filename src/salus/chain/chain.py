"""One connection to one chain, and the contracts deployed there.

Example:
    >>> from salus.chain import connect
    >>> chain = connect("tester")
    >>> chain.contract("AnchorRegistry").name, chain.block().timestamp == chain.now()
    ('AnchorRegistry', True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

from salus.chain.abi.event_sources import EventListing
from salus.chain.abi.logs import address_of, decode_log
from salus.chain.contract import Call, Contract, Transaction
from salus.chain.deployments.code import verify_code
from salus.chain.deployments.derivation import require_derived
from salus.chain.deployments.file import Deployment, default_path
from salus.chain.errors import AnswerMalformed, ArgumentsInvalid, DeploymentMissing
from salus.chain.node.answers import count, member, moment, octets, quantity
from salus.chain.node.clocks import Clock
from salus.chain.node.networks import is_local
from salus.chain.node.rpc import Rpc
from salus.chain.sending.early import EarlyReading
from salus.chain.sending.errors import BatchIncomplete
from salus.chain.sending.fees import MAX_FEE, Spending
from salus.chain.sending.journal import Journal, Unwritten
from salus.chain.sending.sender import Sender
from salus.chain.sending.watcher import TIMEOUT, Mined
from salus.chain.signing.key_holders import AnyAccount
from salus.primitives.arguments import typed_arguments
from salus.primitives.once import once
from salus.primitives.times import Wait, wait_of
from salus.primitives.values import typed
from salus.primitives.verbs import verb
from salus_verify.encoding import hex0x, octets_of

if TYPE_CHECKING:
    from web3 import Web3


@dataclass(frozen=True, slots=True)
@typed
class Block:
    """A block: its number, 0x-prefixed hash, and time in Unix seconds."""

    number: int
    hash: str
    timestamp: int


class Chain:
    """A connection, made by :func:`salus.chain.connect`.

    Args:
        rpc: The node.
        network: How the user named it; never a URL with credentials.
        deployment: Where the contracts are; None before they are deployed.
        local: Whether the chain is for development; by default, when the node runs on this
            machine and serves the id of such a chain.
        max_fee: The most that one transaction may cost, in wei; defaults to 0.05 of the coin
            outside local chains.
        connections: Over how many at once many transactions go to the node, where it keeps those
            that come before their turn; defaults to 2 for a local node, and 1 elsewhere.
        timeout: Seconds, or a timedelta, to wait for each transaction.
        journal: Makes what acts of this connection are written down in before they leave; defaults
            to nothing.

    Attributes:
        rpc: The node.
        network: ``tester``, ``anvil``, ``hardhat``, or the redacted URL.
        chain_id: EIP-155 chain id.
        is_local: Whether this is a development chain, whose coin is worth nothing.
        spending: What one transaction may cost, and who is asked before it costs more.
        sender: Sends transactions.
        listing: Where events come from that are only listed.
    """

    @typed_arguments
    def __init__(
        self,
        rpc: Rpc,
        *,
        network: str,
        deployment: Deployment | None = None,
        local: bool | None = None,
        max_fee: int | None = None,
        connections: int | None = None,
        timeout: Wait = TIMEOUT,
        journal: Callable[[Chain], Journal] | None = None,
    ) -> None:
        self.rpc, self.network, self._making = rpc, network, RLock()
        self.chain_id = count(rpc.request("eth_chainId"))
        claimed = is_local(self.chain_id, loopback=rpc.loopback)
        self.is_local = claimed if local is None else local
        if max_fee is None and not self.is_local:
            max_fee = MAX_FEE
        self.spending = Spending(max_fee)
        self.sender = Sender(
            rpc,
            chain_id=self.chain_id,
            local=self.is_local,
            timeout=wait_of(timeout, name="timeout"),
            spending=self.spending,
            journal=Unwritten() if journal is None else journal(self),
            connections=connections,
        )
        self._clock = Clock(lambda: self.block().timestamp, is_local=self.is_local, url=rpc.url)
        self._deployment = deployment
        self._ours: tuple[Deployment, frozenset[bytes]] | None = None
        self.listing = EventListing(rpc)
        self._contracts: dict[str, Contract] = {}

    now = verb("_clock", Clock.now)
    deadline = verb("_clock", Clock.deadline)
    require_recent = verb("_clock", Clock.require_recent)

    @property
    def deployment(self) -> Deployment:
        """What is deployed where.

        Raises:
            DeploymentMissing: Nothing is known to be deployed on this chain.
            DeploymentMalformed: The file cannot be read.
            DeploymentOfAnotherChain: It belongs to another chain.
        """
        if self._deployment is None:
            path = default_path(self.chain_id)
            if not path.exists():
                raise DeploymentMissing(chain_id=self.chain_id, where=str(path.absolute()))
            self.use(Deployment.load(path))
        assert self._deployment is not None  # noqa: S101 - set by use()
        return self._deployment

    @typed_arguments
    def use(self, deployment: Deployment) -> None:
        """Use this deployment from now on.

        Args:
            deployment: What is deployed where.

        Raises:
            DeploymentOfAnotherChain: It belongs to another chain.
        """
        deployment.require_chain(self.chain_id)
        self._deployment = deployment
        self._contracts = {}

    @once
    def web3(self) -> Web3:
        """A web3 client for the same node."""
        return self.rpc.web3()

    @typed_arguments
    def contract(self, name: str) -> Contract:
        """Return a deployed contract. Its address, and what stands there, are checked once.

        Args:
            name: As in Solidity, such as ``ConsentRegistry``.

        Returns:
            The contract.

        Raises:
            DeploymentMissing: It is not deployed on this chain, as far as is known.
            NoContractCode: There is nothing at its address.
            DeploymentMismatch: There is something else at its address, or the address does not
                follow from this release's code and the deployment's arguments.
        """
        if name not in self._contracts:
            deployed = self.deployment.contract(name)
            require_derived(self.deployment, name)
            verify_code(self.rpc, name, deployed, chain_id=self.chain_id)
            self._contracts[name] = self.contract_at(name, deployed.address)
        return self._contracts[name]

    @typed_arguments
    def contract_at(self, name: str, address: str) -> Contract:
        """Return a contract wherever it is said to stand: nothing is checked.

        Args:
            name: As in Solidity.
            address: Where, checksummed.

        Returns:
            The contract.
        """
        return Contract(
            name,
            address,
            rpc=self.rpc,
            sender=self.sender,
            decode=self.transaction,
            listing=self.listing,
        )

    def block(self, n: int | str = "latest") -> Block:
        """Read a block's header.

        Args:
            n: Its number, or ``latest``.

        Returns:
            The block.

        Raises:
            ArgumentsInvalid: There is no such block.
            ChainUnreachable: The node does not answer.
        """
        where = hex(n) if isinstance(n, int) else n
        raw = self.rpc.request("eth_getBlockByNumber", where, False)
        if raw is None:
            raise ArgumentsInvalid(function="block", reason=f"there is no block {n} yet")
        number = count(member(raw, "number"))
        if isinstance(n, int) and number != n:
            raise AnswerMalformed(url=self.rpc.url, reason="it is another block than was asked for")
        digest = hex0x(octets(member(raw, "hash"), size=32))
        return Block(number, digest, moment(member(raw, "timestamp")))

    def balance(self, address: str) -> int:
        """Return an account's balance.

        Args:
            address: The account.

        Returns:
            Wei.
        """
        return quantity(self.rpc.request("eth_getBalance", address, "latest"))

    @typed_arguments
    def code(self, address: str, *, block: int | str = "latest") -> bytes:
        """Return the code at an address.

        Args:
            address: Where.
            block: Number, or ``latest``.

        Returns:
            Runtime code; empty for a plain account.
        """
        where = hex(block) if isinstance(block, int) else block
        return octets(self.rpc.request("eth_getCode", address, where))

    @typed_arguments
    def send_many(self, calls: Sequence[Call], *, account: AnyAccount) -> list[Transaction]:
        """Send many transactions of one account at once and wait until all are mined.

        All are simulated first, each against the state as it is now; nothing is sent unless all of
        them succeed so. Calls that build on one another need a gas limit of their own.

        Args:
            calls: As :meth:`Contract.prepare` gives them, in order.
            account: Who signs and pays.

        Returns:
            A transaction for each.

        Raises:
            ContractError: A contract refuses one of them; nothing was sent.
            BatchIncomplete: Some reverted or were not mined in time; it holds all outcomes.
        """
        early, requests = EarlyReading(self.transaction), [call.request for call in calls]
        settled = self.sender.send_many(requests, account, seen=early.note)
        outcomes = [early.of(each) if isinstance(each, Mined) else each for each in settled]
        transactions = [each for each in outcomes if isinstance(each, Transaction)]
        if len(transactions) < len(outcomes):
            raise BatchIncomplete(outcomes=tuple(outcomes))
        return transactions

    @typed_arguments
    def wait(self, transaction: str, *, timeout: Wait | None = None) -> Transaction:
        """Wait for a transaction that was not mined in time before.

        Args:
            transaction: Its 0x-prefixed hash.
            timeout: Seconds or a timedelta; defaults to the connection's own.

        Returns:
            The transaction.

        Raises:
            TransactionPending: It is still not mined.
            ContractError: It was mined and failed.
        """
        seconds = None if timeout is None else wait_of(timeout, name="timeout")
        return self.transaction(self.sender.outcome(transaction, timeout=seconds))

    @typed_arguments
    def transaction(self, mined: Mined) -> Transaction:
        """Turn what the sender gives into a transaction with the events of our contracts.

        Args:
            mined: A mined transaction with raw logs.

        Returns:
            The transaction.
        """
        ours, its = self._addresses(), octets_of(mined.hash)
        logs = (
            decode_log(log)
            for log in mined.logs
            if address_of(member(log, "address")) in ours
            and octets(member(log, "transactionHash")) == its
        )
        return Transaction(
            mined.hash,
            mined.block_number,
            mined.gas_used,
            mined.effective_gas_price,
            tuple(event for event in logs if event is not None),
        )

    def _addresses(self) -> frozenset[bytes]:
        """Where the contracts stand, as far as it is known."""
        if self._deployment is None:
            return frozenset()
        if self._ours is None or self._ours[0] is not self._deployment:
            found = frozenset(map(octets_of, self._deployment.addresses()))
            self._ours = (self._deployment, found)
        return self._ours[1]

    def close(self) -> None:
        """Close the connection; asking it afterwards raises `ConnectionClosed`."""
        self.listing.close()
        self.sender.journal.close()
        self.rpc.close()

    def __enter__(self) -> Chain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Chain({self.network}, chain {self.chain_id})"

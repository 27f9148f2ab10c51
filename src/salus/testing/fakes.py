"""A node that runs nothing: it answers contract calls as it is told. For tests without a chain.

It starts in no time and knows no state: an application's own logic, and what it does when a node
or a contract refuses, are tested against it; what the contracts do is tested on ``local_salus``.

Example:
    >>> chain, node = fake_chain()
    >>> node.answer("ConsentRegistry", "consentStatus", 1_800_000_000, 0, True)
    >>> from salus import Salus
    >>> Salus(chain).consents.checks.status("0x" + "12" * 20, bytes(32)).active
    True
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from salus.chain.abi import catalogue
from salus.chain.abi.codec import decode, encode
from salus.chain.deploying.deploy import arguments_of
from salus.chain.deployments.code import keccak_hex
from salus.chain.deployments.derivation import derive, init_code
from salus.chain.deployments.file import CONTRACTS, DeployedContract, Deployment
from salus.chain.errors import ArgumentsInvalid
from salus.chain.node.answers import RpcFailure, granted
from salus.errors import ContractError
from salus_verify.encoding import hex0x, octets_of

if TYPE_CHECKING:
    from web3 import Web3

    from salus.chain.chain import Chain

Answer: TypeAlias = Callable[..., Any]
NOBODY = "0x" + "00" * 19 + "01"
"""Who governs it."""


class FakeNode:
    """Answers `Chain` without running anything.

    Args:
        chain_id: EIP-155 chain id.
        now: Time of its latest block, Unix seconds; defaults to this machine's.

    Attributes:
        calls: Every contract call that was made: contract, function and arguments.
    """

    url, loopback = "a fake node", False

    def __init__(self, *, chain_id: int = 31337, now: int | None = None) -> None:
        self.chain_id, self.number = chain_id, 1
        self.now = int(time.time()) if now is None else now
        self.calls: list[tuple[str, str, tuple[Any, ...]]] = []
        self._answers: dict[tuple[str, str], Answer] = {}

    def answer(self, contract: str, function: str, *values: Any) -> None:
        """Let a function return these values from now on.

        Args:
            contract: As in Solidity.
            function: As in Solidity.
            *values: What it returns, in the ABI's order; one function instead of values is
                called with the arguments and may raise a `ContractError`.

        Raises:
            ArgumentsInvalid: There is no such function, or the values do not fit it.
        """
        described = catalogue.function(contract, function)
        if len(values) == 1 and callable(values[0]):
            self._answers[contract, function] = values[0]
            return
        try:
            encode(described.outputs, _outputs(described, values))
        except (ValueError, TypeError) as error:
            reason = f"it does not return {values!r}: {error}"
            raise ArgumentsInvalid(function=f"{contract}.{function}", reason=reason) from None
        self._answers[contract, function] = lambda *_: values

    def deployment(self) -> Deployment:
        """Return where its contracts pretend to be.

        Returns:
            The deployment.
        """
        return Deployment(self.chain_id, "0x" + "00" * 32, _placed())

    def request(self, method: str, *params: Any) -> Any:
        """Ask once.

        Returns:
            The answer.

        Raises:
            NodeRefused: It was not told what to answer, or to refuse.
        """
        return granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning.

        Returns:
            The answer, or the RpcFailure that it reports.
        """
        if method == "eth_call":
            return self._call(params[0])
        if method == "eth_getCode":
            names = [name for name in CONTRACTS if _address(name) == params[0]]
            return hex0x(_code(names[0]) if names else b"")
        plain: dict[str, Any] = {
            "eth_chainId": self.chain_id,
            "eth_blockNumber": self.number,
            "eth_getLogs": [],
            "eth_getBalance": 0,
            "eth_getBlockByNumber": {
                "number": self.number,
                "hash": hex0x(self.number.to_bytes(32, "big")),
                "timestamp": self.now,
            },
        }
        return plain.get(method, RpcFailure(f"a fake node does not answer {method}"))

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things, one after the other.

        Returns:
            Answers in the order of the requests.
        """
        return [self.attempt(method, *params) for method, params in requests]

    def web3(self) -> Web3:
        """There is none.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("a fake node has no web3 client: use local_salus()")

    def close(self) -> None:
        """Nothing to let go of."""

    def _call(self, call: dict[str, Any]) -> str | RpcFailure:
        data = octets_of(str(call["data"]))
        name = next(each for each in CONTRACTS if _address(each) == call["to"])
        for (contract, function), answer in self._answers.items():
            described = catalogue.function(contract, function)
            if contract == name and described.selector == data[:4]:
                arguments = decode(described.inputs, data[4:])
                self.calls.append((contract, function, arguments))
                return _told(described, answer, arguments)
        return RpcFailure(f"a fake node was not told what {name} answers to 0x{data[:4].hex()}")


def fake_chain(*, chain_id: int = 31337, now: int | None = None) -> tuple[Chain, FakeNode]:
    """Connect to a fake node.

    Args:
        chain_id: EIP-155 chain id.
        now: Time of its latest block, Unix seconds; defaults to this machine's.

    Returns:
        The connection, and the node, to be told what to answer.
    """
    from salus.chain.chain import Chain

    node = FakeNode(chain_id=chain_id, now=now)
    return Chain(node, network="fake", deployment=node.deployment()), node


def _told(
    described: catalogue.Function, answer: Answer, arguments: tuple[Any, ...]
) -> str | RpcFailure:
    try:
        told = answer(*arguments)
    except ContractError as error:
        return RpcFailure(str(error), data=_revert(error))
    values = told if isinstance(told, tuple) else (told,)
    return hex0x(encode(described.outputs, _outputs(described, values)))


def _revert(error: ContractError) -> bytes:
    """What a contract's revert looks like on the wire."""
    for selector, described in catalogue.errors_by_selector().items():
        if described.cls is type(error):
            values = [getattr(error, each.name) for each in described.parameters]
            return selector + encode(described.parameters, values)
    raise ArgumentsInvalid(function=type(error).__name__, reason="no contract raises it")


def _outputs(described: catalogue.Function, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Solidity returns a struct as one value: its members may be given one by one."""
    if len(described.outputs) == 1 and len(values) > 1:
        return (values,)
    return values


def _code(name: str) -> bytes:
    from salus.contracts import artifacts

    return artifacts.load(name).deployed_bytecode


@cache
def _placed() -> Mapping[str, DeployedContract]:
    """Where contracts would stand that were made on this chain, and with what."""
    found = Deployment(0, "", {})
    for name in CONTRACTS:
        given = arguments_of(name, found, governance=NOBODY, initial_delay=0, naming_delay=0)
        hashes = keccak_hex(_code(name)), keccak_hex(init_code(name, given))
        found = found.adding(name, DeployedContract(derive(name, given), given, None, *hashes))
    return found.contracts


def _address(name: str) -> str:
    return _placed()[name].address

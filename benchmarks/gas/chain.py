"""One local chain for all: who deploys, who calls, what it cost.

Example:
    $ python -c "from benchmarks.gas.chain import local_chain
    with local_chain() as chain: print(chain.accounts[0])"
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3

from salus.chain.node.local import local_node

HARDFORK = "prague"
FAR = 2**32 - 1
"""A deadline for everything signed, Unix seconds."""
GAS_LIMIT = 29_000_000


class Reverted(Exception):
    """A measured transaction failed: its cost would say nothing."""


class LocalChain:
    """A chain whose accounts sign for themselves.

    Args:
        web3: A connection to it.

    Attributes:
        accounts: Addresses with coin, unlocked.
    """

    def __init__(self, web3: Web3) -> None:
        self.web3 = web3
        self.accounts = list(web3.eth.accounts)

    def deploy(self, abi: list[dict[str, Any]], bytecode: str | bytes, *arguments: object) -> Any:
        """Deploy a contract.

        Args:
            abi: Its ABI.
            bytecode: Its creation code.
            *arguments: The constructor's.

        Returns:
            The contract, with `deployment_gas` as an attribute.
        """
        factory = self.web3.eth.contract(abi=abi, bytecode=bytecode)
        receipt = self._send(factory.constructor(*arguments), self.accounts[0])
        contract = self.web3.eth.contract(address=receipt["contractAddress"], abi=abi)
        contract.deployment_gas = receipt["gasUsed"]
        return contract

    def gas(self, act: Any, sender: str) -> int:
        """Send a transaction.

        Args:
            act: A bound contract function.
            sender: One of `accounts`.

        Returns:
            What it cost, in gas, 21,000 and calldata included.

        Raises:
            Reverted: It failed.
        """
        return int(self._send(act, sender)["gasUsed"])

    def _send(self, act: Any, sender: str) -> Any:
        sent = act.transact({"from": sender, "gas": GAS_LIMIT})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
        if receipt["status"] != 1:
            raise Reverted(str(act))
        return receipt


def signer(name: str) -> LocalAccount:
    """Make an account that signs and holds no coin.

    Args:
        name: The same name gives the same account.

    Returns:
        The account.
    """
    account: LocalAccount = Account.from_key(keccak(text=name))
    return account


@contextmanager
def local_chain() -> Iterator[LocalChain]:
    """Run anvil for as long as the block lasts.

    Yields:
        The chain, with nothing on it.
    """
    with local_node("anvil", arguments=["--hardfork", HARDFORK]) as node:
        yield LocalChain(Web3(HTTPProvider(node.url)))

"""Networks by name or URL, and which chains are for development only.

Example:
    >>> is_local(31337, loopback=True), is_local(31337, loopback=False), is_local(1, loopback=True)
    (True, False, False)
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

from salus.chain.errors import NodeUnavailable
from salus.chain.node.development import ACCOUNTS, development_address
from salus.chain.node.rpc import REQUEST_TIMEOUT, HttpRpc, Rpc
from salus.chain.node.urls import checked, redact
from salus.errors import ConfigurationInvalid
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from web3 import Web3
    from web3.providers import BaseProvider

Network: TypeAlias = "str | Web3 | BaseProvider"
"""``tester``, ``anvil``, ``hardhat``, an RPC URL; or a web3 client, or its provider."""
TESTER_CHAIN_ID = 131277322940537
LOCAL_CHAIN_IDS = frozenset({1337, 31337, TESTER_CHAIN_ID})
"""Chains that run on a developer's machine: their coin is worth nothing, their keys are public."""
NAMED_CHAINS = {"tester": TESTER_CHAIN_ID, "anvil": 31337, "hardhat": 31337}
"""Networks that have a name here, and their chains' ids."""
IN_PROCESS = ("eth_tester", "eth", "eth_bloom")
"""What a chain in this process is made of, of the extra ``demo``."""
LOCAL_URL = "http://127.0.0.1:8545"
"""Where anvil and Hardhat listen by default."""


def is_local(chain_id: int, *, loopback: bool) -> bool:
    """Whether a chain is for development only: one of their ids, on this machine.

    The id alone is the node's own word: any node may claim one.
    """
    return loopback and chain_id in LOCAL_CHAIN_IDS


def open_rpc(
    network: Network, *, url: str | None = None, timeout: float | None = None
) -> tuple[Rpc, int | None]:
    """Open a connection; return it with the chain id that it must have, if a name says so.

    ``url`` is where ``anvil`` or ``hardhat`` listen; it defaults to SALUS_RPC_URL, then to port
    8545 of this machine. ``timeout``, in seconds, is how long a provider of web3's may take; by
    default it is asked in the thread that asks, as long as it takes.
    """
    if not isinstance(network, str):
        from salus.chain.node.foreign import of_web3

        limit = None if timeout is None else min(timeout, REQUEST_TIMEOUT)
        return of_web3(network, timeout=limit), None
    expected = chain_of_name(network)
    if network == "tester":
        return in_process(), expected
    if expected is not None:
        told = url or os.environ.get("SALUS_RPC_URL") or LOCAL_URL
        return HttpRpc(checked(told, setting="SALUS_RPC_URL")), expected
    return HttpRpc(checked(network, setting="network")), None


def chain_of_name(network: str) -> int | None:
    """Return the id of the chain that a network's name stands for; None of a URL.

    Raises:
        ConfigurationInvalid: It is neither a name that is known nor a URL.
    """
    if network in NAMED_CHAINS:
        return NAMED_CHAINS[network]
    if network.startswith(("http://", "https://")):
        return None
    shown = redact(network) if "://" in network else repr(network)
    raise ConfigurationInvalid(
        setting="network",
        reason=f"is {shown}: give tester, anvil, hardhat, or an http:// or https:// URL",
    )


def in_process() -> Rpc:
    """Start a chain inside this process, with the accounts that anvil and Hardhat fund.

    Raises:
        NodeUnavailable: The packages of the extra ``demo`` are not installed.
    """
    require_in_process()
    from eth_tester import EthereumTester, PyEVMBackend  # type: ignore[import-untyped]
    from eth_utils.currency import to_wei
    from web3 import EthereumTesterProvider, Web3

    from salus.chain.node.estimating import estimate_gas
    from salus.chain.node.tester import TesterRpc

    accounts = [development_address(i) for i in range(ACCOUNTS)]
    funded = {
        octets_of(address): {
            "balance": to_wei(1_000_000, "ether"),
            "nonce": 0,
            "code": b"",
            "storage": {},
        }
        for address in accounts
    }
    tester = EthereumTester(PyEVMBackend(genesis_state=funded))
    tester.backend.chain.gas_estimator = estimate_gas
    web3 = Web3(EthereumTesterProvider(tester))
    web3.middleware_onion.remove(
        "ens_name_to_address"
    )  # it takes a log filter's address for a name
    return TesterRpc(web3, caller=accounts[0])


def require_in_process() -> None:
    """Refuse before anything is imported of what a chain in this process is made of."""
    if any(find_spec(name) is None for name in IN_PROCESS):
        raise NodeUnavailable(
            kind="in-process",
            reason="eth-tester and py-evm are not installed: pip install 'salus[demo]', or name"
            " another network (network=, SALUS_NETWORK)",
        )

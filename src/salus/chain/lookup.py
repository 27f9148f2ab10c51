"""From a network's name to a chain with its contracts.

Example:
    >>> connect("tester").contract("AnchorRegistry").name
    'AnchorRegistry'
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from salus.chain.chain import Chain
from salus.chain.deployments.file import Deployment
from salus.chain.errors import DeploymentMissing, WrongChain
from salus.chain.node.cross_check import CheckedRpc, WhenUnchecked
from salus.chain.node.networks import Network, open_rpc
from salus.chain.node.rpc import HttpRpc
from salus.chain.node.urls import checked
from salus.chain.sending.journal import Journal
from salus.chain.sending.watcher import TIMEOUT
from salus.errors import ConfigurationInvalid
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Wait, wait_of


@typed_arguments
def connect(
    network: Network = "tester",
    *,
    deployment: Path | Deployment | None = None,
    url: str | None = None,
    chain_id: int | None = None,
    local: bool | None = None,
    max_fee: int | None = None,
    connections: int | None = None,
    timeout: Wait | None = None,
    checked_by: str | None = None,
    unchecked: WhenUnchecked | str = WhenUnchecked.REFUSE,
    journal: Callable[[Chain], Journal] | None = None,
) -> Chain:
    """Connect to a chain and find the contracts there.

    Args:
        network: ``tester`` (in process, deployed at once), ``anvil``, ``hardhat``, a URL; or a
            ``web3.Web3`` or its provider, see docs/connecting.md for what each keeps.
        deployment: What is deployed where, or the file that says so; defaults to the file of the
            chain's id in ``deployments/``. It is read when a contract is first asked for.
        url: Where ``anvil`` or ``hardhat`` listen, when not at their usual place.
        chain_id: The chain that is expected; defaults to 31337 for ``anvil`` and ``hardhat``.
        local: Whether it is a development chain; by default, when the node runs on this machine
            and serves the id of such a chain.
        connections: Over how many at once many transactions go to the node, where it keeps those
            that come before their turn; defaults to 2 for a local node, and 1 elsewhere.
        max_fee: The most that one transaction may cost, in wei; defaults to 0.05 of the coin
            outside local chains.
        timeout: Seconds, or a timedelta, to wait for each transaction, 180 s by default; and for
            each answer of a provider of web3's that is not plain HTTP, 30 s at most: it is asked in
            threads then, where by default the thread that asks waits for it.
        checked_by: URL of another node, which the answers of this one are compared with: blocks,
            receipts, logs, and what contracts say; defaults to none.
        unchecked: What is done where that one does not answer: ``refuse``, or ``warn`` and go on.
        journal: Makes what acts are written down in before they leave; defaults to nothing.

    Returns:
        The connection.

    Raises:
        ChainUnreachable: No node answers there.
        WrongChain: It serves another chain.
        NodesDiffer: The second node says something else.
        ConfigurationInvalid: The network is neither a known name, nor a URL, nor web3's.
        DeploymentMissing: There is no such deployment file.
        DeploymentMalformed: It cannot be read.
        DeploymentOfAnotherChain: It belongs to another chain.
    """
    limit = None if timeout is None else wait_of(timeout, name="timeout")
    when = _when_unchecked(unchecked)
    rpc, expected = open_rpc(network, url=url, timeout=limit)
    name = network if isinstance(network, str) and "://" not in network else rpc.url
    wait = TIMEOUT if limit is None else limit
    if checked_by:
        other = HttpRpc(checked(checked_by, setting="SALUS_CHECKED_BY"))
        rpc = CheckedRpc(rpc, other, unchecked=when)
    try:
        chain = Chain(
            rpc,
            network=name,
            local=local,
            max_fee=max_fee,
            connections=connections,
            timeout=wait,
            journal=journal,
        )
    except BaseException:
        rpc.close()
        raise
    wanted = chain_id or expected
    if wanted and wanted != chain.chain_id:
        rpc.close()
        raise WrongChain(expected=wanted, actual=chain.chain_id, url=rpc.url)
    if isinstance(deployment, Deployment):
        chain.use(deployment)
    elif deployment is not None:
        chain.use(_read(deployment, chain.chain_id))
    elif network == "tester":
        _deploy_in_process(chain)
    return chain


def _when_unchecked(told: WhenUnchecked | str) -> WhenUnchecked:
    try:
        return WhenUnchecked(told)
    except ValueError:
        reason = f"is {told!r}: give refuse or warn"
        raise ConfigurationInvalid(setting="SALUS_UNCHECKED", reason=reason) from None


def _read(path: Path, chain_id: int) -> Deployment:
    if not path.exists():
        raise DeploymentMissing(chain_id=chain_id, where=str(path.absolute()))
    return Deployment.load(path)


def _deploy_in_process(chain: Chain) -> None:
    from salus.chain.deploying.deploy import deploy
    from salus.chain.signing.signers import development_account

    payer = development_account(0)
    deploy(chain, payer, path=None, governance=payer.address, initial_delay=0, naming_delay=0)

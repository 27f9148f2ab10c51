"""Deploy the contracts: the same addresses everywhere, nothing twice, and on from where it stopped.

Example:
    >>> from salus.chain import Chain, deploy, connect
    >>> from salus.chain.signing.signers import development_account
    >>> chain = connect("tester")
    >>> again = deploy(chain, development_account(0), path=None)
    >>> again.contracts["AnchorRegistry"].transaction is None
    True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from salus.chain.abi import catalogue
from salus.chain.deploying import create2
from salus.chain.deployments.code import is_this_version, keccak_hex, verify_code
from salus.chain.deployments.derivation import GIVEN, address_of, init_code, require_derived
from salus.chain.deployments.file import CONTRACTS, DeployedContract, Deployment
from salus.chain.errors import DeploymentMismatch, DeploymentOfAnotherChain
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Account
from salus.errors import ConfigurationInvalid
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Duration, seconds_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain

DEFAULT_DELAY = 2 * 24 * 3600
"""Seconds that naming an accreditor and handing over governance take, except on local chains."""

KEPT = ("IdentityRegistry", "PasskeyVerifier")
"""What a replacing deployment keeps by default: every identity, passkeys too, rests on them."""

DeployReport: TypeAlias = Callable[[str, str, bool], None]
"""Told of each contract: its name, its address, and whether it was created just now."""


@typed_arguments
def deploy(
    chain: Chain,
    account: AnyAccount,
    *,
    path: Path | None,
    governance: str | None = None,
    initial_delay: Duration | None = None,
    naming_delay: Duration | None = None,
    predecessor: Deployment | None = None,
    kept: Sequence[str] = KEPT,
    report: DeployReport | None = None,
) -> Deployment:
    """Deploy what is missing, and use the deployment from now on.

    Every contract is written down as soon as it stands, so that a run that was cut short goes on
    where it stopped. What stands already is checked and left alone.

    Args:
        chain: Where.
        account: Who signs and pays.
        path: The deployment file; None to write none.
        governance: Who names accreditors; on local chains it defaults to whom the file's
            registry was made with, and at first to the paying account.
        initial_delay: Seconds, or a timedelta, that a hand-over of governance takes; defaults to
            two days, on local chains to none.
        naming_delay: Seconds, or a timedelta, before a named accreditor may act; likewise.
        predecessor: The deployment that this one replaces: all but what is kept is created anew, at
            addresses of the next generation. See docs/migration.md.
        kept: Contracts of the predecessor that go on.
        report: Told of each contract.

    Returns:
        The whole deployment.

    Raises:
        DeploymentOfAnotherChain: The file belongs to another chain; nothing was changed.
        DeploymentMismatch: Another contract stands where one of ours should, or the file names
            other addresses than these arguments give; nothing was changed.
        ConfigurationInvalid: No governance is named, on a chain that is not local; or what is kept
            stands on a contract that is not.
        TransactionError: The node does not take a transaction.
    """
    if governance is None and not chain.is_local:
        reason = "is not named: give the address that is to name accreditors"
        raise ConfigurationInvalid(setting="governance", reason=reason)
    deployment, account = _start(chain, path), Account.of(account)
    governance = governance or _governance(deployment)
    taken = _taken(chain, predecessor, kept)
    generation = _generation(predecessor)
    delay = 0 if chain.is_local else DEFAULT_DELAY
    create2.ensure_proxy(chain, account)
    for name in CONTRACTS:
        arguments = arguments_of(
            name,
            deployment,
            governance=governance or account.address,
            initial_delay=delay
            if initial_delay is None
            else seconds_of(initial_delay, name="initial_delay"),
            naming_delay=delay
            if naming_delay is None
            else seconds_of(naming_delay, name="naming_delay"),
        )
        before = deployment.contracts.get(name)
        if name in taken:
            contract, created = _keep(name, taken[name], before), False
        else:
            contract, created = _place(
                chain, account, name, arguments, before=before, generation=generation
            )
        if contract != before:
            deployment = deployment.adding(name, contract)
            if path is not None:
                deployment.save(path)
        if report:
            report(name, contract.address, created)
    chain.use(deployment)
    return deployment


def _start(chain: Chain, path: Path | None) -> Deployment:
    genesis = chain.block(0).hash
    if path is None or not path.exists():
        return Deployment(chain.chain_id, genesis, {}, str(path or "memory"))
    known = Deployment.load(path)
    known.require_chain(chain.chain_id)
    if known.genesis_hash == genesis:
        return known
    if not chain.is_local:
        raise DeploymentOfAnotherChain(
            where=str(path), expected=chain.chain_id, actual=known.chain_id
        )
    # A development chain that was started anew: what the file says is gone.
    return Deployment(chain.chain_id, genesis, {}, str(path))


def _governance(deployment: Deployment) -> str | None:
    """Whom the file's registry was made with: whoever pays for a second run changes nothing."""
    for name, contract in deployment.contracts.items():
        given = zip(catalogue.constructor(name), contract.arguments, strict=False)
        for parameter, argument in given:
            if parameter.name == "governance":
                return str(argument)
    return None


def arguments_of(
    name: str, deployment: Deployment, *, governance: str, initial_delay: int, naming_delay: int
) -> tuple[Any, ...]:
    """List what a contract is constructed with, beside the others of a deployment."""
    settings: dict[str, Any] = {
        "governance": governance,
        "initial_delay": initial_delay,
        "naming_delay": naming_delay,
    }
    return tuple(
        settings[each.name]
        if each.name in settings
        else deployment.contract(GIVEN[each.name]).address
        for each in catalogue.constructor(name)
    )


def _generation(predecessor: Deployment | None) -> int:
    if predecessor is None:
        return 1
    return 1 + max((each.generation for each in predecessor.contracts.values()), default=0)


def _taken(
    chain: Chain, predecessor: Deployment | None, kept: Sequence[str]
) -> dict[str, DeployedContract]:
    """Check what goes on: it stands, and on nothing that is replaced."""
    if predecessor is None:
        return {}
    predecessor.require_chain(chain.chain_id)
    taken = {name: predecessor.contract(name) for name in kept}
    going = {each.address for each in taken.values()}
    replaced = {each.address for each in predecessor.contracts.values()} - going
    for name, contract in taken.items():
        require_derived(predecessor, name)
        verify_code(chain.rpc, name, contract, chain_id=chain.chain_id)
        if replaced.intersection(map(str, contract.arguments)):
            reason = f"holds {name}, which stands on a contract that is replaced: keep both"
            raise ConfigurationInvalid(setting="kept", reason=reason)
    return taken


def _keep(name: str, taken: DeployedContract, before: DeployedContract | None) -> DeployedContract:
    if before is not None and before.address != taken.address:
        what = f"the predecessor's, which is kept, stands at {taken.address}"
        raise DeploymentMismatch(name=name, address=before.address, what=what)
    return before or taken


def _other_arguments(before: DeployedContract, arguments: tuple[Any, ...]) -> str | None:
    """What to do about a contract that is in order, and was made with other arguments."""
    if [*map(str, before.arguments)] == [*map(str, arguments)]:
        return None
    made = ", ".join(map(str, before.arguments))
    again = "give the same `governance=` and `initial_delay=`, or another file"
    return f"it was made with {made}: {again}"


def _place(
    chain: Chain,
    account: Account,
    name: str,
    arguments: tuple[Any, ...],
    *,
    before: DeployedContract | None,
    generation: int,
) -> tuple[DeployedContract, bool]:
    """Make sure that a contract stands where its code and arguments put it."""
    code_with_arguments = init_code(name, arguments)
    address = address_of(code_with_arguments, generation=generation)
    if before is not None and before.address != address:
        what = f"these arguments and this version give {address}"
        advice = _other_arguments(before, arguments)
        raise DeploymentMismatch(name=name, address=before.address, what=what, advice=advice)
    code, transaction = chain.code(address), before.transaction if before else None
    created = not code
    if created:
        transaction = create2.create(chain, account, code_with_arguments, generation=generation)
        code = chain.code(address)
    if not is_this_version(name, code):
        what = "its code is not this version's"
        raise DeploymentMismatch(name=name, address=address, what=what)
    hashes = keccak_hex(code), keccak_hex(code_with_arguments)
    placed = DeployedContract(address, arguments, transaction, *hashes, generation)
    if before is not None and before.code_hash != placed.code_hash:
        what = "the file's code hash is another one"
        raise DeploymentMismatch(name=name, address=address, what=what)
    return placed, created

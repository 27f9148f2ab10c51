"""Deploy the contracts, or what is missing of them, and write deployments/<chain id>.json.

The account comes from SALUS_ACCOUNT and SALUS_PASSPHRASE; on a local chain, where none is set, it
is the chain's first funded one. `ape run deploy --network …` does the same on ape's own connection.

Example:
    $ python scripts/deploy.py --network anvil
    $ python scripts/deploy.py --network https://node.example --governance 0x…
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from salus.chain import Chain, deploy
from salus.chain.deployments.file import Deployment, default_path
from salus.chain.node.networks import in_process
from salus.config import Settings
from salus.errors import ConfigurationInvalid, SalusError


def run(
    chain: Chain,
    settings: Settings,
    *,
    path: Path | None = None,
    **arguments: Any,
) -> Deployment:
    """Deploy on a chain and say what was done.

    Args:
        chain: Where.
        settings: Name the account that pays.
        path: The deployment file; the chain's own unless told.
        **arguments: As :func:`salus.chain.deploying.deploy.deploy` takes them.

    Returns:
        The deployment.

    Raises:
        SalusError: It cannot be done; what was done before is written down.
    """
    account = settings.open_account(chain)
    if account is None:
        raise ConfigurationInvalid(setting="SALUS_ACCOUNT", reason="names no account that pays")
    # The in-process chain ends with this process: there is nothing to come back to.
    where = path or (None if chain.network == "tester" else default_path(chain.chain_id))
    done: list[str] = []

    def report(name: str, address: str, created: bool) -> None:
        print(f"{address}  {name}{'' if created else '  (stands already)'}")
        done.extend([name] if created else [])

    deployment = deploy(chain, account, path=where, report=report, **arguments)
    words = f"{len(done)} deployed" if done else "nothing to do, all stand already"
    print(f"chain {chain.chain_id}: {words}; {where or 'not written down'}", file=sys.stderr)
    return deployment


def main(argv: list[str] | None = None) -> int:
    """Deploy by command line, or on ape's connection when ape runs this.

    Args:
        argv: Arguments; the process's own unless told.

    Returns:
        Exit code, as the errors have them.
    """
    on_ape = _ape_chain()
    if on_ape is not None:
        run(on_ape, Settings.load())
        return 0
    options = _parser().parse_args(argv)
    settings = Settings.load(network=options.network, deployment=None)
    try:
        with _connect(settings) as chain:
            run(
                chain,
                settings,
                path=options.file,
                governance=options.governance,
                initial_delay=options.initial_delay,
                naming_delay=options.naming_delay,
            )
    except SalusError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    return 0


def _connect(settings: Settings) -> Chain:
    """Connect; in process to a chain without contracts, where connecting would deploy them."""
    if settings.network in (None, "tester"):
        return Chain(in_process(), network="tester")
    return settings.connect()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Deploy the contracts; what stands is left alone.")
    parser.add_argument("--network", help="tester, anvil, hardhat, or an RPC URL")
    parser.add_argument("--file", type=Path, help="deployment file")
    parser.add_argument("--governance", help="address that names accreditors")
    parser.add_argument("--initial-delay", type=int, help="seconds to hand over governance")
    parser.add_argument("--naming-delay", type=int, help="seconds before an accreditor may act")
    return parser


def _ape_chain() -> Chain | None:
    """Wrap the connection of the ape that runs this script, if one does."""
    ape: Any = sys.modules.get("ape")
    provider = ape.networks.active_provider if ape is not None else None
    if provider is None:
        return None
    from web3 import HTTPProvider

    from salus.chain import development_account
    from salus.chain.node.rpc import HttpRpc, Rpc
    from salus.chain.node.tester import TesterRpc

    node = provider.web3.provider
    rpc: Rpc
    if isinstance(node, HTTPProvider):
        rpc = HttpRpc(str(node.endpoint_uri))
    else:
        rpc = TesterRpc(provider.web3, caller=development_account(0).address)
    return Chain(rpc, network=f"ape {provider.network.name}")


if __name__ == "__main__":
    raise SystemExit(main())

"""Run a command against a local node that lives as long as the command.

The command finds the node in SALUS_RPC_URL. Where that is set already, or a node answers on the
usual port, that one is used and left alone.

Example:
    $ python scripts/with_node.py anvil salus demo --network anvil
"""

from __future__ import annotations

import os
import subprocess
import sys

from salus.chain.node.local import local_node
from salus.chain.node.networks import LOCAL_URL
from salus.chain.node.rpc import HttpRpc
from salus.errors import SalusError

NODES = ("anvil", "hardhat")


def is_running() -> bool:
    """Ask the usual local address for its chain id.

    Returns:
        Whether a node answers there.
    """
    rpc = HttpRpc(LOCAL_URL, timeout=2)
    try:
        return bool(rpc.request("eth_chainId"))
    except SalusError:
        return False
    finally:
        rpc.close()


def main(arguments: list[str]) -> int:
    """Run the command, with a node where none is there.

    Args:
        arguments: `anvil` or `hardhat`, then the command.

    Returns:
        The command's exit code; 2 on wrong usage, 5 where no node can be had.
    """
    if len(arguments) < 2 or arguments[0] not in NODES:
        print("usage: with_node.py anvil|hardhat COMMAND...", file=sys.stderr)
        return 2
    kind, *command = arguments
    if os.environ.get("SALUS_RPC_URL") or is_running():
        return subprocess.call(command)
    try:
        with local_node(kind) as node:
            print(f"{kind}: a node for this command only, at {node.url}", file=sys.stderr)
            return subprocess.call(command, env={**os.environ, "SALUS_RPC_URL": node.url})
    except SalusError as problem:
        print(f"{kind}: {problem}", file=sys.stderr)
        return problem.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

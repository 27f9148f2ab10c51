"""Writes a list of acts, each under its name, until it is done or killed.

python -m tests.support.crash_loop STATE STAGE ACTS
"""

from __future__ import annotations

import sys

from tests.support.killed import ACCOUNT, write

import salus
from salus.chain import development_account


def main(state: str, stage: str, acts: str) -> None:
    """Write acts that no contract refuses a second time: only a count shows that."""
    with salus.connect("anvil", state=state, account=development_account(ACCOUNT)) as me:
        print("connected", flush=True)
        for act in range(int(acts)):
            with me.outbox.once(f"{stage}/{act}"):
                write(me.chain, f"{stage}/{act}".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Writes to a chain in a process of its own, which kills itself at a named point.

python -m tests.support.killed POINT STATE [--once] VALUE...
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import salus
from salus.chain import Account, Chain, development_account
from salus.chain.sending.posting import Posting
from salus.chain.sending.watcher import Watcher
from salus.contracts.identities.events import DIDAttributeChanged
from salus.outbox import leases
from salus.outbox.journal import OutboxJournal

NAME = b"did/svc/Inbox".ljust(32, b"\0")
ACCOUNT = 3
POINTS = {
    "before it is bound": (OutboxJournal, "bind", "before"),
    "when it is bound": (OutboxJournal, "bind", "after"),
    "before it is posted": (Posting, "post", "before"),
    "when it is posted": (Posting, "post", "after"),
    "when it is mined": (Watcher, "wait", "after"),
    "before it is closed": (OutboxJournal, "note_mined", "before"),
    "when it is closed": (OutboxJournal, "note_mined", "after"),
    "when its call is over": (OutboxJournal, "let_go", "after"),
}
"""Where a process is killed: a method, and whether it did its work before."""
ROOT = Path(__file__).resolve().parent.parent.parent


def write(chain: Chain, value: bytes, account: Account | None = None) -> None:
    """Write something that no contract refuses a second time: only a count shows that."""
    account = account or development_account(ACCOUNT)
    registry = chain.contract("IdentityRegistry")
    registry.send("setAttribute", account.identity, NAME, value, 3600, account=account)


def written(chain: Chain, account: Account | None = None) -> list[bytes]:
    """List what was written, in the chain's order."""
    account = account or development_account(ACCOUNT)
    events = chain.contract("IdentityRegistry").events(
        DIDAttributeChanged, identity=account.identity
    )
    return [each.value for each in events]


def killed(point: str, state: Path, values: Sequence[str], environment: dict[str, str]) -> int:
    """Run this module until it kills itself, or ends; return its exit code."""
    command = [sys.executable, "-m", "tests.support.killed", point, str(state), *values]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
    return done.returncode


def _die_at(point: str) -> None:
    owner, name, when = POINTS[point]
    method = getattr(owner, name)

    def dying(*args: object, **options: object) -> object:
        if when == "after":
            method(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed before this")

    setattr(owner, name, dying)


def main(point: str, state: str, *values: str) -> None:
    """Write one value after the other; die at the first that comes to the point."""
    leases.SECONDS = 3.0  # whoever goes on waits for its end
    with salus.connect("anvil", state=state, account=development_account(ACCOUNT)) as me:
        _die_at(point)
        for each in values:
            if each == "--once":
                continue
            with me.outbox.once(each) if "--once" in values else nullcontext():
                write(me.chain, each.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Acts that wait at a node that mines only when asked to."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

import pytest
from tests.support.killed import ACCOUNT, write

from salus import Salus
from salus.chain import Account, development_account
from salus.chain.sending.errors import TransactionPending
from salus.outbox import OutboxEntry

BOTH = ("file", "postgres")
"""Of a module that says ``back_ends = BOTH``, tests run on a file and on a database."""


def left_open(client: Salus, value: bytes, account: Account | None = None) -> OutboxEntry:
    """Have a call give up on an act that no contract refuses a second time."""
    with pytest.raises(TransactionPending):
        write(client.chain, value, account or development_account(ACCOUNT))
    return [each for each in client.outbox if each.state.is_open][-1]


def mine(client: Salus) -> None:
    client.chain.rpc.request("evm_mine")


def polled() -> Iterator[None]:
    """So many looks at what another thread is about to do."""
    for _ in range(600):
        yield
        sleep(0.05)

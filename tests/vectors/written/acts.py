"""An act that left its process and was not mined when that ended: its outbox goes on with it."""

from __future__ import annotations

import pytest
from tests.support.killed import write
from tests.vectors.written.release import Release

import salus
from salus.chain import development_account
from salus.chain.sending.errors import TransactionPending

LEFT_OPEN = "left-open"
ACCOUNT = 8
"""It did nothing before, so that its act is the first of it on any chain."""


def write_open_act(release: Release) -> None:
    """Leave an outbox with one act, signed and handed in, that nobody mined."""
    node = release.chain.rpc
    node.request("evm_setAutomine", False)
    account, folder = development_account(ACCOUNT), release.folder / LEFT_OPEN
    client = salus.connect(release.url, account=account, state=folder, timeout=0.5)
    with client, pytest.raises(TransactionPending):
        write(client.chain, b"left open", account)
    (folder / "logs.sqlite").unlink()  # empty
    node.request("evm_setAutomine", True)

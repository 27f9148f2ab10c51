"""An outbox that a release left behind is read, and what it left open happens, once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.vectors.written.acts import ACCOUNT, LEFT_OPEN

from salus.chain import connect, development_account
from salus.chain.node.local import local_node
from salus.outbox import State
from salus.outbox.client import Outbox
from salus.outbox.journal import OutboxJournal
from salus.outbox.opening import place_at
from salus.outbox.reading import check_alone


@pytest.fixture
def left(release: Path) -> Path:
    return release / LEFT_OPEN / "outbox.sqlite"


def test_it_is_sound_and_shows_what_is_open(left: Path) -> None:
    found = check_alone(str(left))
    assert found.is_sound
    (entry,) = found.entries
    assert (entry.account, entry.nonce) == (development_account(ACCOUNT).address, 0)
    assert entry.state is State.SENT
    assert entry.transactions


def test_what_was_left_open_happens(left: Path) -> None:
    with closing(sqlite3.connect(left)) as file:
        (name,) = file.execute("SELECT chain FROM entries").fetchone()
    # The chain of then ended: one that is taken for it mines the same bytes.
    journal = OutboxJournal(place_at(str(left)), chain=lambda: name, confirmations=0)
    with local_node("anvil") as node, connect(node.url, journal=lambda _: journal) as chain:
        outbox = Outbox(chain, development_account(ACCOUNT))
        (entry,) = outbox
        assert outbox.resume() == []
        assert chain.wait(entry.transactions[0]).hash == entry.transactions[0]
        assert list(outbox) == []

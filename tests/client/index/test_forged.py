"""Files that somebody wrote to: what they say is refused, found out, or believed for lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.client.index.conftest import answers, read, told_by_index, told_by_node

from salus.chain import Chain
from salus.contracts.consents.events import ConsentRevoked
from salus.index import Index
from salus.index.errors import IndexOfAnotherChain, IndexUnreadable

Act = Callable[[str], int]
NOT_A_PLACE = "not a place in the chain"
REFUSED = {
    "a chain that is a word": ("UPDATE reading SET chain = 'x'", "which chain it is of"),
    "a short first block": ("UPDATE reading SET genesis = x'12'", "which chain it is of"),
    "contracts that are none": ("UPDATE reading SET addresses = '0x12'", "which chain it is of"),
    "a place below all": ("UPDATE reading SET first = -9", NOT_A_PLACE),
    "a place beyond all": ("UPDATE reading SET block = 1 << 50", NOT_A_PLACE),
    "a last block before the first": ("UPDATE reading SET block = first - 7", NOT_A_PLACE),
    "more that is final than was read": ("UPDATE reading SET final = block + 1", NOT_A_PLACE),
    "a place that is a word": ("UPDATE reading SET final = 'latest'", NOT_A_PLACE),
    "a hash that is none": ("UPDATE reading SET hash = x'1234'", NOT_A_PLACE),
    "a block without a hash": ("UPDATE blocks SET hash = x''", "a hash of a block"),
    "a table more": ("CREATE TABLE more (a)", "tables are not those"),
    "a trigger": (
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END",
        "tables are not those",
    ),
    "events that are a view": ("DROP TABLE events; CREATE VIEW events AS SELECT 1", "tables"),
    "an event that is none": ("UPDATE events SET raw = substr(raw, 1, 60)", "what stands at"),
    "an event that is a word": ("UPDATE events SET raw = 'x'", "what stands at"),
    "an event of other topics": ("UPDATE events SET key3 = 7", "what stands at"),
}


def forge(file: Path, statements: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.executescript(statements)


@pytest.fixture
def told(chain: Chain, file: Path, revoke: Act, anchor: Act, set_attribute: Act) -> Path:
    """A file of events of several blocks; the node calls none of them final."""
    for name in ("one", "two", "three"):
        revoke(name), anchor(name), set_attribute(name)
    read(chain, file)
    return file


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_reader_writes_is_refused(chain: Chain, told: Path, name: str) -> None:
    statements, words = REFUSED[name]
    forge(told, statements)
    with pytest.raises(IndexUnreadable, match=words):
        told_by_index(chain, told)


def test_a_file_that_others_may_write_is_refused(chain: Chain, told: Path) -> None:
    told.chmod(0o622)
    with pytest.raises(IndexUnreadable, match="chmod go-w"):
        Index.open(told, chain)
    told.chmod(0o644)
    Index.open(told, chain).close()


def test_an_index_of_another_deployment_is_refused(chain: Chain, told: Path) -> None:
    forge(told, "UPDATE reading SET addresses = '0x' || lower(hex(zeroblob(20)))")
    with pytest.raises(IndexOfAnotherChain, match="another deployment"):
        Index.open(told, chain)


def test_a_first_block_behind_that_of_the_contracts_is_refused(chain: Chain, told: Path) -> None:
    forge(told, "UPDATE reading SET first = block")
    with pytest.raises(IndexUnreadable, match="begins behind"):
        Index.open(told, chain)


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param("UPDATE blocks SET hash = zeroblob(32)", id="other hashes"),
        pytest.param("DELETE FROM blocks", id="no hashes"),
        pytest.param("DELETE FROM reading", id="no place"),
        pytest.param("UPDATE reading SET hash = zeroblob(32)", id="another last hash"),
        pytest.param(
            "UPDATE reading SET block = block + 99, hash = zeroblob(32)", id="a later block"
        ),
    ],
)
def test_a_place_that_the_node_does_not_have_alike_leaves_the_answer_to_the_node(
    chain: Chain, told: Path, statements: str
) -> None:
    forge(told, statements)
    assert told_by_index(chain, told) == told_by_node(chain)
    assert answers(chain, told) == answers(chain)


def test_what_stands_for_an_event_is_worked_out_and_not_looked_up(chain: Chain, told: Path) -> None:
    forge(told, "UPDATE kinds SET address = zeroblob(20), topic = zeroblob(32)")
    assert told_by_index(chain, told) == told_by_node(chain)


OF_A_HISTORY = {
    "all gone": "DELETE FROM events",
    "the newest gone": "DELETE FROM events WHERE place > (SELECT avg(place) FROM events)",
    "the oldest gone": "DELETE FROM events WHERE place IN (SELECT place FROM events LIMIT 9)",
    "each second gone": "DELETE FROM events WHERE place / 16777216 % 2",
    "all in other blocks": "UPDATE events SET place = place + 50331655",
    "other contents": "UPDATE events SET raw = substr(raw, 1, 128) || zeroblob(length(raw) - 128)",
    "all three times": """
        INSERT INTO events SELECT place + 7, kind, key1, key2, key3, raw FROM events;
        INSERT INTO events SELECT place + 33554441, kind, key1, key2, key3, raw FROM events""",
}


@pytest.mark.parametrize("name", OF_A_HISTORY)
def test_histories_are_those_of_the_chain_whatever_the_rows_say(
    chain: Chain, told: Path, name: str
) -> None:
    forge(told, OF_A_HISTORY[name])
    assert answers(chain, told) == answers(chain)


def test_lists_are_believed_as_the_file_is(chain: Chain, told: Path) -> None:
    """What the manual says of it; what is done with a listed thing asks the chain."""
    forge(told, "DELETE FROM events WHERE place = (SELECT max(place) FROM events WHERE key2 = 0)")
    with Index.open(told, chain) as index:
        contract, before = chain.contract("ConsentRegistry"), chain.listing.source
        chain.listing.source = index.source(chain)
        try:
            listed = [each.consent_id[:3] for each in contract.listed(ConsentRevoked)]
        finally:
            chain.listing.source = before
    assert listed == [b"one", b"two"]
    assert len(contract.events(ConsentRevoked)) == 3

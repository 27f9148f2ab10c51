"""Lists from an index: the same as from the node, and never more than the node agrees with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.client.index.conftest import PATIENT, read

import salus
from salus import Salus
from salus.chain import Chain, connect
from salus.contracts.consents.events import ConsentRevoked
from salus.index import Index
from salus.index.errors import IndexMissing, IndexOfAnotherChain, IndexUnreadable
from salus.testing import LyingNode, local_salus

Act = Callable[[str], int]


@pytest.fixture
def node(chain: Chain) -> Iterator[LyingNode]:
    with LyingNode(chain.rpc) as door:
        yield door


@pytest.fixture
def reader(chain: Chain, node: LyingNode, file: Path, revoke: Act) -> Iterator[Chain]:
    """A connection that lists from an index of two revocations; a third came since."""
    revoke("one"), revoke("two")
    read(chain, file)
    revoke("three")
    connected = connect(node.url, deployment=chain.deployment)
    connected.listing.source = Index.open(file, connected, make=False).source(connected)
    node.asked.clear()
    yield connected
    connected.close()


def listed(chain: Chain, **wanted: object) -> list[bytes]:
    found = chain.contract("ConsentRegistry").listed(ConsentRevoked, **wanted)  # type: ignore[arg-type]
    return [each.consent_id.rstrip(b"\0") for each in found]


def test_what_came_since_is_asked_of_the_node(reader: Chain, node: LyingNode) -> None:
    assert listed(reader, patient=PATIENT.identity) == [b"one", b"two", b"three"]
    assert node.asked.count("eth_getLogs") == 1


def test_the_node_is_asked_for_no_event_that_is_in_the_file(
    chain: Chain, reader: Chain, node: LyingNode, file: Path
) -> None:
    read(chain, file)
    assert listed(reader) == [b"one", b"two", b"three"]
    assert listed(reader, consent_id=b"two".ljust(32, b"\0")) == [b"two"]
    assert listed(reader, patient="0x" + "12" * 20) == []
    assert "eth_getLogs" not in node.asked


def test_events_are_listed_by_block(chain: Chain, reader: Chain) -> None:
    last = chain.block().number
    assert listed(reader, to_block=last - 1) == [b"one", b"two"]
    assert listed(reader, from_block=last - 1) == [b"two", b"three"]
    assert listed(reader, from_block=last, to_block=last) == [b"three"]
    assert listed(reader, from_block=last + 1) == []


def test_a_fork_of_the_node_is_listed_and_not_that_of_the_file(
    chain: Chain, reader: Chain, revoke: Act
) -> None:
    chain.rpc.request("anvil_rollback", 2)
    revoke("instead of two"), revoke("four"), revoke("five")
    assert listed(reader) == [b"one", b"instead of two", b"four", b"five"]


def test_a_node_that_is_behind_lists_what_it_has(chain: Chain, reader: Chain) -> None:
    chain.rpc.request("anvil_rollback", 2)
    assert listed(reader) == [b"one"]


def test_what_is_decided_is_asked_of_the_node_whatever_the_file_says(
    reader: Chain, file: Path
) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("DELETE FROM events")
    assert listed(reader) == [b"three"]
    found = reader.contract("ConsentRegistry").events(ConsentRevoked)
    assert [each.consent_id.rstrip(b"\0") for each in found] == [b"one", b"two", b"three"]
    with Salus(connect(reader.rpc.url, deployment=reader.deployment)) as client:
        assert client.consents.checks.status(PATIENT.identity, b"one".ljust(32, b"\0")).revoked_at


def test_a_client_lists_from_the_index_that_it_is_given(
    chain: Chain, file: Path, revoke: Act, tmp_path: Path
) -> None:
    revoke("one")
    read(chain, file)
    deployment = tmp_path / "deployment.json"
    chain.deployment.save(deployment)
    with pytest.MonkeyPatch.context() as patch, LyingNode(chain.rpc) as node:
        patch.setenv("SALUS_DEPLOYMENT", str(deployment))
        with salus.connect(node.url, index=file) as me:
            assert listed(me.chain) == [b"one"]
            assert list(me.drugs.lots) == []
        assert "eth_getLogs" not in node.asked
        patch.setenv("SALUS_INDEX", str(file.with_name("elsewhere.sqlite")))
        with pytest.raises(IndexMissing, match=r"Index\.open\(\)"):
            salus.connect(node.url)


def test_an_index_of_another_chain_is_refused(chain: Chain, file: Path) -> None:
    read(chain, file)
    with pytest.raises(IndexOfAnotherChain, match="chain 31337"):
        Index.open(file, local_salus().chain)


def test_a_chain_that_began_anew_is_another_one(chain: Chain, file: Path) -> None:
    read(chain, file)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE reading SET genesis = ?", (bytes(32),))
    with pytest.raises(IndexOfAnotherChain, match="another first block"):
        Index.open(file, chain)


def test_a_file_that_is_no_index_is_refused(chain: Chain, file: Path) -> None:
    file.write_bytes(b"not a database, but long enough to be taken for one" * 99)
    with pytest.raises(IndexUnreadable, match=r"correct its path.*remove it"):
        Index.open(file, chain)

"""One client in several threads, in asyncio, after its end, and in another process."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import salus
from salus import Salus
from salus.chain import Chain, connect
from salus.chain.errors import ConnectionClosed
from salus.errors import StorageError
from salus.testing import fake_chain

MANY = 6


@pytest.fixture(scope="module")
def me() -> Iterator[Salus]:
    with salus.connect("tester", storage="memory://threads") as client:
        yield client


def set_attribute(me: Salus, number: int) -> int:
    arguments = (me.identity, bytes([number]) * 32, b"value", 60)
    contract = me.chain.contract("IdentityRegistry")
    return contract.send("setAttribute", *arguments, account=me.account).block_number


def test_threads_share_a_client_and_an_account(me: Salus) -> None:
    with ThreadPoolExecutor(MANY) as threads:
        blocks = list(threads.map(lambda number: set_attribute(me, number), range(MANY)))
    assert len(set(blocks)) == MANY  # each transaction had a number of its own


def test_threads_add_to_one_log(me: Salus) -> None:
    with ThreadPoolExecutor(MANY) as threads:
        list(threads.map(lambda n: me.anchors.log.store("notes", [bytes([n]) * 32]), range(MANY)))
    assert len(me.anchors.log.leaves("notes")) == MANY


def test_asyncio_calls_in_threads(me: Salus) -> None:
    async def both() -> list[int]:
        calls = (asyncio.to_thread(set_attribute, me, number) for number in (20, 21))
        return list(await asyncio.gather(*calls))

    assert len(set(asyncio.run(both()))) == 2


def test_a_part_is_made_once_whichever_threads_ask() -> None:
    for _ in range(20):
        client = Salus(fake_chain()[0])
        with ThreadPoolExecutor(MANY) as threads:
            found = list(threads.map(lambda _, who=client: who.consents, range(MANY)))
        assert len({id(each) for each in found}) == 1


def test_what_is_asked_of_a_closed_client_is_refused_with_what_to_do() -> None:
    client = salus.connect("tester", storage="memory://closed")
    identities = client.identities
    client.close()
    client.close()
    for ask in (
        client.chain.block,
        lambda: identities.control.owner(client.identity),
        lambda: set_attribute(client, 1),
    ):
        with pytest.raises(ConnectionClosed, match="connect again"):
            ask()
    with pytest.raises(StorageError):
        client.vault.database.knows(client.identity)
    with pytest.raises(StorageError):
        client._logs.append(client.identity, bytes(32), [bytes(32)])


def test_a_closed_connection_over_http_is_refused(anvil_url: str) -> None:
    chain = connect(anvil_url)
    chain.close()
    with pytest.raises(ConnectionClosed):
        chain.now()
    with pytest.raises(ConnectionClosed):
        chain.rpc.batch([("eth_chainId", ())])


def test_a_forked_process_asks_through_a_connection_of_its_own(anvil_url: str) -> None:
    with connect(anvil_url) as chain:
        fork = multiprocessing.get_context("fork")
        answers: Any = fork.SimpleQueue()
        child = fork.Process(target=_ask_in_child, args=(chain, answers, anvil_url))
        child.start()
        child.join(30)
        assert answers.get() == ("ConnectionClosed", chain.chain_id)
        assert chain.now()


def _ask_in_child(chain: Chain, answers: Any, url: str) -> None:
    try:
        chain.now()
        said = "answered"
    except Exception as error:
        said = type(error).__name__
    with connect(url) as own:
        answers.put((said, own.chain_id))

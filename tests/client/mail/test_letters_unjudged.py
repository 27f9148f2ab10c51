"""Letters whose signatures a stranger's contract must vouch for, or that no node can judge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eth_abi.abi import encode
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Chain, connect, development_account
from salus.chain.errors import NodeBusy
from salus.chain.node import transport
from salus.consents.documents import SignedConsent
from salus.mail.receiving import UNJUDGED_FOR
from salus.records.telling import TERMS
from salus.terms import Effect, Rule, Terms
from salus.testing import LyingNode, lies
from salus.vault.letters.inbox import Inbox
from salus.vault.storage import MemoryStorage

WORDS = ("too many requests", "already known", "insufficient funds", "nonce too low")


def speaker(chain: Chain, words: str) -> str:
    """A contract that answers every call with a revert of these words."""
    said = bytes.fromhex("08c379a0") + encode(["string"], [words])
    code = bytes([0x60, len(said), 0x60, 12, 0x60, 0, 0x39, 0x60, len(said), 0x60, 0, 0xFD]) + said
    init = bytes([0x60, len(code), 0x60, 12, 0x60, 0, 0x39, 0x60, len(code), 0x60, 0, 0xF3]) + code
    payer, rpc = development_account(9), chain.rpc
    fields = {
        "data": init,
        "value": 0,
        "nonce": int(rpc.request("eth_getTransactionCount", payer.address, "latest")),
        "gas": 500_000,
        "gasPrice": 10**10,
        "chainId": chain.chain_id,
    }
    raw, made = payer.sign_transaction(fields)
    rpc.request("eth_sendRawTransaction", "0x" + raw.hex())
    address: str = rpc.request("eth_getTransactionReceipt", made)["contractAddress"]
    return address


def leave(sender: Salus, reader: Salus, contract: str) -> None:
    """A letter with a consent in a contract's name, which the contract would have to sign."""
    terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    consent = sender.consents.propose(contract, reader.account.identity, terms)
    until = sender.chain.now() + 10**6
    signed = SignedConsent(consent, until, bytes.fromhex(contract[2:]), b"\x01" * 65)
    inbox, document = sender.mail.directory.find(reader.account.identity)
    inbox.send(
        TERMS,
        signed.to_json().encode(),
        author=sender.account,
        recipient=document,
        chain_id=sender.chain.chain_id,
        sent_at=sender.chain.now(),
    )


@contextmanager
def through_a_node(chain: Chain) -> Iterator[tuple[LyingNode, Exchange]]:
    with (
        LyingNode(chain.rpc) as node,
        connect(node.url, deployment=chain.deployment) as through,
    ):
        yield node, Exchange.set_up(through, development_account(8))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(transport.time, "sleep", found.append)
    return found


@pytest.mark.parametrize("words", WORDS)
def test_a_contract_that_speaks_like_a_node_is_not_waited_for(
    chain: Chain, pauses: list[float], words: str
) -> None:
    contract = speaker(chain, words)
    with through_a_node(chain) as (_, exchange):
        leave(exchange.custodian, exchange.grantee, contract)
        came = exchange.grantee.records.collect()
        assert (pauses, came.unjudged) == ([], ())
        assert exchange.grantee.records.discard(came, refused=True) == 1
        assert exchange.grantee.records.collect().problems == ()


def test_what_no_node_can_judge_waits_and_can_be_dropped_after_a_week(
    chain: Chain, pauses: list[float]
) -> None:
    contract = speaker(chain, "no")
    with through_a_node(chain) as (node, exchange):
        reader = exchange.grantee
        leave(exchange.custodian, reader, contract)
        node.lie("eth_call", lambda ask: lies.busy(ask) if "error" in ask() else ask())
        came = reader.records.collect()
        assert [type(each) for each in came.problems] == [NodeBusy]
        assert (len(came.unjudged), came.refused, came.unasked) == (1, (), ())
        drop = {"refused": True, "unknown": True}
        assert reader.records.discard(came, **drop) == 0
        assert reader.records.discard(came, **drop, unjudged=True) == 0, "it came just now"
        age(reader.mail.directory.find(reader.account.identity)[0])
        assert reader.records.discard(came, **drop) == 0, "nobody said that it may go"
        assert reader.records.discard(came, unjudged=True) == 1
        assert reader.records.collect().problems == ()


def age(inbox: Inbox) -> None:
    storage = inbox._storage
    assert isinstance(storage, MemoryStorage)
    storage._made = {name: at - UNJUDGED_FOR - 1 for name, at in storage._made.items()}

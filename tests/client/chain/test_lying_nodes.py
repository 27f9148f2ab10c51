"""A real node behind a door that loses, changes and delays what it says."""

import logging

import pytest
from eth_utils.crypto import keccak
from requests import ReadTimeout

from salus.anchors import stream_history as anchor_history
from salus.chain import connect
from salus.chain.errors import AnswerMalformed, ChainUnreachable, NodeBusy, NodeRefused
from salus.chain.node import transport
from salus.chain.node.transport import Transport
from salus.chain.sending.errors import (
    TransactionPending,
    TransactionUnknown,
)
from salus.contracts.identities.events import DIDAttributeChanged
from salus.testing import LyingNode, lies
from salus_verify.log import Checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("hurry")]
NAME = b"did/svc/Inbox".ljust(32, b"\0")
HEAD_OF = "0x" + keccak(text="headOf(address,bytes32)")[:4].hex()
SEND, RECEIPT, MANY = "eth_sendRawTransaction", "eth_getTransactionReceipt", "[]"
TAKEN = [lies.lost_after, lies.nonce_too_low, lies.error_after, lies.error_as_text, lies.null]
TAKEN += [lies.nothing, lies.of_another_request, lies.a_number, lies.web_page, lies.xml_as_json]
TAKEN += [lies.bad_gateway]
ODD = [lies.a_number, lies.web_page, lies.xml_as_json, lies.nothing, lies.of_another_request]


def write(chain, account, **options):
    registry = chain.contract("IdentityRegistry")
    arguments = (account.identity, NAME, b"value", 3600)
    return registry.send("setAttribute", *arguments, account=account, **options)


@pytest.mark.parametrize("lie", TAKEN)
def test_what_the_node_has_is_found_by_its_hash_whatever_was_answered(node, through, me, lie):
    node.lie(SEND, lie, times=1)
    assert write(through, me).hash in node.taken
    assert through.sender.posted == 1


@pytest.mark.parametrize("lie", [lies.lost_before, lies.busy, lies.busy_in_text])
def test_what_did_not_arrive_is_sent_again(node, through, me, lie):
    node.lie(SEND, lie, times=1)
    assert write(through, me).hash in node.taken


def test_a_silent_node_leaves_the_hash_and_no_word_of_unsent(node, through, me):
    node.lie(SEND, lies.lost_before)
    with pytest.raises(TransactionUnknown) as caught:
        write(through, me)
    assert (node.taken, through.sender.posted) == ([], 1)
    assert caught.value.transaction in str(caught.value)
    node.be_honest()
    assert write(through, me).hash in node.taken


@pytest.mark.parametrize("lie", [lies.without_status, lies.of_another_transaction, *ODD])
def test_a_receipt_that_is_none_leaves_the_hash(node, through, me, lie):
    node.lie(RECEIPT, lie)
    with pytest.raises(TransactionUnknown) as caught:
        write(through, me)
    assert [caught.value.transaction] == node.taken
    node.be_honest()
    assert through.wait(caught.value.transaction).hash in node.taken


@pytest.mark.parametrize("lie", [lies.null, lies.error_after, lies.lost_before, lies.web_page])
def test_a_receipt_that_comes_late_is_waited_for(node, through, me, lie):
    node.lie(RECEIPT, lie, times=2)
    assert write(through, me).hash in node.taken


def test_a_receipt_that_never_comes_is_pending(node, through, me, monkeypatch):
    monkeypatch.setattr(through.sender._watcher, "_timeout", 0.5)
    node.lie(RECEIPT, lies.null)
    with pytest.raises(TransactionPending) as caught:
        write(through, me)
    assert [caught.value.transaction] == node.taken


@pytest.mark.parametrize("lie", [lies.interrupted_before, lies.interrupted_after])
@pytest.mark.parametrize("method", [SEND, RECEIPT])
def test_who_interrupts_is_told_what_may_have_been_sent(node, through, me, lie, method):
    through.contract("IdentityRegistry")
    node.lie(method, lie, times=1)
    with pytest.raises(KeyboardInterrupt) as caught:
        write(through, me)
    assert through.sender.posted == 1
    assert all(each in caught.value.__notes__[0] for each in node.taken)
    assert "0x" in caught.value.__notes__[0]


# Questions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", ODD)
@pytest.mark.parametrize("method", ["eth_call", "eth_getLogs", "eth_getBlockByNumber"])
def test_an_odd_answer_is_one_line(node, through, me, lie, method):
    registry = through.contract("IdentityRegistry")

    def ask():
        registry.call("identityOwner", me.identity)
        registry.events(DIDAttributeChanged, from_block=through.block().number)

    node.lie(method, lie)
    with pytest.raises(AnswerMalformed) as caught:
        ask()
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)


def test_xml_that_calls_itself_json_is_named(node, through):
    node.lie("*", lies.xml_as_json)
    with pytest.raises(AnswerMalformed, match="XML, not JSON"):
        through.now()
    node.lie("*", lies.web_page)
    with pytest.raises(AnswerMalformed, match="web page, not JSON"):
        through.now()


def test_logs_of_another_contract_are_refused(node, through, me):
    sent = write(through, me)
    node.lie("eth_getLogs", lies.logs_of_another)
    with pytest.raises(AnswerMalformed, match="another contract"):
        through.contract("IdentityRegistry").events(
            DIDAttributeChanged, from_block=sent.block_number, identity=me.identity
        )


def test_events_of_a_receipt_are_those_of_our_contracts(node, through, me):
    def elsewhere(ask):
        reply = ask()
        for log in reply["result"]["logs"]:
            log["address"] = "0x" + "66" * 20
        return reply

    through.contract("IdentityRegistry")
    node.lie(RECEIPT, elsewhere)
    assert write(through, me).events == ()


def gateway_timeout(ask):
    return lies.Http(504, b"upstream request timeout")


TOO_LATE = b"what comes after the time of an answer"


def in_time(once):
    """Ask as ever, and take no answer that comes too late."""

    def asked(self, body):
        answer = once(self, body)
        if answer.content == TOO_LATE:
            raise ReadTimeout
        return answer

    return asked


def never_answered(ask):
    return lies.Http(200, TOO_LATE)


@pytest.mark.parametrize(
    "lie", [lies.too_large, lies.refused, lies.a_number, gateway_timeout, never_answered]
)
def test_a_range_of_logs_is_halved_until_it_is_answered(node, through, me, lie, monkeypatch):
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.0)
    sent = [write(through, me), write(through, me)]

    def only_one_block(ask):
        reply = ask()
        return reply if len(reply["result"]) < 2 else lie(ask)

    monkeypatch.setattr(Transport, "_once", in_time(Transport._once))
    node.lie("eth_getLogs", only_one_block)
    found = through.contract("IdentityRegistry").events(DIDAttributeChanged, identity=me.identity)
    assert [each.transaction_hash for each in found] == [each.hash for each in sent]


def test_a_node_that_refuses_every_range_is_told_in_its_words_after_few_requests(node, through):
    node.lie("eth_getLogs", lies.too_large)
    with pytest.raises(NodeRefused, match="backend response too large"):
        through.contract("IdentityRegistry").events(DIDAttributeChanged)


# Busy nodes, redirects ----------------------------------------------------------------------


@pytest.mark.parametrize("lie", [lies.busy, lies.busy_in_text, lies.bad_gateway])
def test_a_busy_node_is_asked_again(node, through, lie):
    node.lie("eth_getBlockByNumber", lie, times=3)
    assert through.now() > 0


@pytest.mark.parametrize(
    ("lie", "said"), [(lies.busy, "slow down"), (lies.bad_gateway, "upstream")]
)
def test_a_node_that_stays_busy_is_not_called_absent(node, through, lie, said):
    node.lie("*", lie)
    with pytest.raises(NodeBusy, match=said) as caught:
        through.now()
    assert "no node" not in str(caught.value)
    assert caught.value.exit_code == 5


@pytest.fixture
def slept(monkeypatch):
    """Every pause before a busy node is asked again: none is waited for."""
    pauses = []
    monkeypatch.setattr(transport.time, "sleep", pauses.append)
    return pauses


def test_a_node_that_asks_for_time_gets_it(node, through, slept):
    node.lie("*", lambda _: lies.Http(503, b"", {"Retry-After": "7"}), times=1)
    assert through.now() > 0
    assert slept == [7]


def test_a_node_that_asks_for_an_hour_is_left_alone(node, through, slept):
    node.lie("*", lambda _: lies.Http(429, b"", {"Retry-After": "3600"}))
    with pytest.raises(NodeBusy, match="in 3600 s"):
        through.now()
    assert slept == []


def test_an_http_error_that_carries_a_revert_is_the_revert(node, through, me):
    node.lie("eth_estimateGas", lambda _: lies.Http(500, _revert()))
    from salus.contracts.reverts import RevertedWithReason

    with pytest.raises(RevertedWithReason, match="not today"):
        write(through, me)


def _revert():
    import json

    error = {"code": 3, "message": "execution reverted: not today"}
    return json.dumps({"jsonrpc": "2.0", "id": 0, "error": error}).encode()


def test_a_redirect_is_named_and_not_followed(node, through, chains):
    with LyingNode(chains["anvil"].rpc) as elsewhere:
        place = {"Location": f"{elsewhere.url}/?key=sesame"}
        node.lie("*", lambda _: lies.Http(307, b"", place))
        with pytest.raises(NodeRefused, match="redirects") as caught:
            through.now()
        assert elsewhere.asked == []
        assert "sesame" not in str(caught.value)


def test_a_nodes_words_never_repeat_credentials(node, chains):
    secret = "0123456789abcdef"
    url = f"{node.url}/v3/{secret}?key={secret}"
    with connect(url) as chain:
        node.lie("*", lambda _: lies.Http(403, f"no such project /v3/{secret}".encode()))
        with pytest.raises(NodeRefused, match="no such project") as caught:
            chain.now()
        assert secret not in str(caught.value)


def test_web3_never_logs_the_url(node, caplog):
    caplog.set_level(logging.DEBUG)
    secret = "fedcba9876543210"
    with connect(f"{node.url}/v3/{secret}?key={secret}") as chain:
        assert chain.web3.eth.chain_id == chain.chain_id
        assert chain.web3.eth.get_block("latest")["number"] == chain.block().number
    assert caplog.records
    assert secret not in caplog.text


def test_nobody_at_the_url_is_still_said_so():
    with pytest.raises(ChainUnreachable, match="no node at"):
        connect("http://127.0.0.1:1")


class Endless(LyingNode):
    """Tells of a head for every number of every stream, and of an event that fits it."""

    told = Checkpoint(bytes(32), b"\x07" * 32, 1)
    heads = 0

    def _one(self, body):
        reply = super()._one(body)
        asked = body["params"][0] if body["params"] else {}
        if body["method"] == "eth_call" and asked["data"].startswith(HEAD_OF):
            self.heads += 1
            return {**reply, "result": "0x" + self.told.id.hex()}
        if body["method"] == "eth_getLogs":
            return {**reply, "result": [self._event(asked)]}
        return reply

    def _event(self, asked):
        topics = [each[0] if isinstance(each, list) else each for each in asked["topics"]]
        words = self.told.parent + self.told.root + self.told.size.to_bytes(32, "big")
        place = {"blockNumber": "0x1", "transactionIndex": "0x0", "logIndex": "0x0"}
        hashes = {"blockHash": "0x" + "01" * 32, "transactionHash": "0x" + "02" * 32}
        address = asked["address"]
        return {
            **place,
            **hashes,
            "removed": False,
            "data": "0x" + words.hex(),
            "address": address[0] if isinstance(address, list) else address,
            "topics": [*topics[:3], "0x" + self.told.id.hex()],
        }


def test_numbers_of_a_stream_without_end_are_not_followed(chains, me, monkeypatch):
    """Only a bound ends them: each has a head and a checkpoint that fits it."""
    monkeypatch.setattr(anchor_history, "MOST_NUMBERS", 8)
    deployment = chains["anvil"].deployment
    with (
        Endless(chains["anvil"].rpc) as node,
        connect(node.url, deployment=deployment, timeout=5) as through,
    ):
        history = anchor_history.StreamHistory(through, lambda _: [])
        for read in (history.checkpoints, history.line, history.head_id):
            node.heads = 0
            with pytest.raises(ChainUnreachable, match="more than 8 numbers of stream 'records'"):
                read(me.identity, "records")
            assert node.heads <= 10

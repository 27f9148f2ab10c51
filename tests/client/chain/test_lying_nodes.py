"""A real node behind a door that loses, changes and delays what it says."""

import logging

import pytest
from eth_utils.crypto import keccak
from requests import ReadTimeout

from salus.anchors import stream_history as anchor_history
from salus.chain import Account, Chain, connect, development_account
from salus.chain.errors import AnswerMalformed, ChainUnreachable, NodeBusy, NodeRefused
from salus.chain.node import transport
from salus.chain.node.rpc import HttpRpc
from salus.chain.node.transport import Transport
from salus.chain.sending import watcher
from salus.chain.sending.errors import (
    BatchIncomplete,
    NonceConflict,
    TransactionDropped,
    TransactionPending,
    TransactionReplaced,
    TransactionUnknown,
)
from salus.chain.sending.posting import Request
from salus.contracts.identities import DIDAttributeChanged
from salus.testing import LyingNode, lies
from salus_verify.log import Checkpoint

pytestmark = pytest.mark.slow

NAME = b"did/svc/Inbox".ljust(32, b"\0")
HEAD_OF = "0x" + keccak(text="headOf(address,bytes32)")[:4].hex()
SEND, RECEIPT, MANY = "eth_sendRawTransaction", "eth_getTransactionReceipt", "[]"
TAKEN = [lies.lost_after, lies.nonce_too_low, lies.error_after, lies.error_as_text, lies.null]
TAKEN += [lies.nothing, lies.of_another_request, lies.a_number, lies.web_page, lies.xml_as_json]
TAKEN += [lies.bad_gateway]
ODD = [lies.a_number, lies.web_page, lies.xml_as_json, lies.nothing, lies.of_another_request]


@pytest.fixture
def node(chains):
    with LyingNode(chains["anvil"].rpc) as door:
        yield door


@pytest.fixture
def through(node, chains):
    """A connection through the door."""
    with connect(node.url, deployment=chains["anvil"].deployment, timeout=300) as chain:
        yield chain


@pytest.fixture
def me(chains):
    account = Account.create()
    payer = development_account(6)
    chains["anvil"].sender.send(Request(account.address, b"", value=10**18), payer)
    return account


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(watcher, "_SIGHT", 0.3)


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


# Many ---------------------------------------------------------------------------------------


def many(chain, account, count=6):
    registry = chain.contract("IdentityRegistry")
    calls = [
        registry.prepare("setAttribute", account.identity, NAME, bytes([i]), 3600)
        for i in range(count)
    ]
    return chain.send_many(calls, account=account)


BATCHES = [lies.batch_doubled, lies.batch_cut, lies.batch_with_null, lies.batch_without_ids]


@pytest.mark.parametrize("lie", BATCHES)
def test_a_batch_of_questions_that_is_not_answered_whole_is_refused(node, through, me, lie):
    through.contract("IdentityRegistry")
    node.lie(MANY, lie)
    with pytest.raises(AnswerMalformed):
        many(through, me)
    assert node.taken == []


def only_sends(node, lie):
    """Lie about the second batch: the first one estimates."""
    told = []

    def second(ask):
        told.append(1)
        return lie(ask) if len(told) == 2 else ask()

    node.lie(MANY, second)


@pytest.mark.parametrize("lie", [*BATCHES, *TAKEN[:1], lies.bad_gateway, lies.web_page])
def test_a_batch_that_was_taken_is_found_whatever_was_answered(node, through, me, lie):
    through.contract("IdentityRegistry")
    only_sends(node, lie)
    sent = many(through, me)
    assert [each.events[0].value for each in sent] == [bytes([i]) for i in range(6)]


def test_a_batch_that_is_refused_as_too_large_is_sent_in_parts(node, through, me):
    def small_only(ask):
        replies = ask()
        return replies if len(replies) < 3 else {"error": {"code": -32600, "message": "too many"}}

    node.lie(MANY, small_only)
    assert len(many(through, me)) == 6


def test_a_node_that_stalls_over_a_batch_is_asked_for_it_again(node, chains, me):
    """As anvil does now and then in the middle of thousands of pipelined transactions."""
    rpc = HttpRpc(node.url, timeout=2)
    with Chain(rpc, network="stalling", deployment=chains["anvil"].deployment) as chain:
        chain.contract("IdentityRegistry")

        def stalls(ask):
            rpc._transport._timeout = 300  # of what is asked afterwards
            return lies.silent_after(ask)

        only_sends(node, stalls)
        sent = many(chain, me)
    assert [each.events[0].value for each in sent] == [bytes([i]) for i in range(6)]


def test_what_was_sent_is_told_when_the_node_goes_silent(node, through, me):
    through.contract("IdentityRegistry")
    node.lie(RECEIPT, lies.lost_before)
    with pytest.raises(BatchIncomplete) as caught:
        many(through, me)
    outcomes = caught.value.outcomes
    assert {type(each) for each in outcomes} == {TransactionUnknown}
    assert [each.transaction for each in outcomes] == node.taken[-6:]
    node.be_honest()
    assert [through.wait(each.transaction).hash for each in outcomes] == node.taken[-6:]


def test_who_interrupts_a_batch_is_told_what_was_sent(node, through, me):
    through.contract("IdentityRegistry")
    node.lie(RECEIPT, lies.interrupted_before, times=1)
    with pytest.raises(KeyboardInterrupt) as caught:
        many(through, me)
    assert node.taken[-6] in caught.value.__notes__[0]
    assert node.taken[-1] in caught.value.__notes__[0]


# Replaced, dropped --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def idle(start_anvil):
    """A node that mines only when asked to."""
    return start_anvil("--no-mining")


def test_a_replaced_transaction_is_named(idle):
    payer = development_account(2)
    with connect("anvil", url=idle, timeout=0.5) as chain:
        with pytest.raises(TransactionPending) as caught:
            chain.sender.send(Request(payer.address, b"", value=5), payer)
        lost = caught.value.transaction
        chain.rpc.request("anvil_dropTransaction", lost)
        with pytest.raises(TransactionDropped):
            chain.wait(lost, timeout=0.2)
        with pytest.raises(TransactionPending) as caught:
            chain.sender.send(Request(payer.address, b"", value=6), payer)
        chain.rpc.request("evm_mine")
        assert chain.wait(caught.value.transaction, timeout=300).block_number
        with pytest.raises(TransactionReplaced) as replaced:
            chain.wait(lost, timeout=300)
        assert (replaced.value.address, replaced.value.nonce) == (payer.address, 0)


def test_a_transaction_that_nobody_knows_was_dropped(through):
    with pytest.raises(TransactionDropped):
        through.wait("0x" + "12" * 32, timeout=0.2)


def test_a_conflict_of_nonces_is_said_only_after_the_node_was_asked(idle, monkeypatch):
    payer = development_account(3)
    with connect("anvil", url=idle, timeout=0.5) as chain:
        with pytest.raises(TransactionPending):
            chain.sender.send(Request(payer.address, b"", value=5), payer)
        monkeypatch.setattr(chain.sender._nonces, "_ask", lambda _: 0)
        asked = []
        ask = chain.rpc.attempt
        monkeypatch.setattr(chain.rpc, "attempt", lambda *a: (asked.append(a[0]), ask(*a))[1])
        with pytest.raises(NonceConflict):
            chain.sender.send(Request(payer.address, b"", value=6), payer)
        assert asked[asked.index(SEND) :].count("eth_getTransactionByHash") >= 1


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

"""Nonces, fees and what is shown of a URL."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.chain.node.answers import RpcFailure, granted, quantity
from salus.chain.node.urls import hide, redact, scrub
from salus.chain.sending.acts import SignedTransaction, TransactionRequest
from salus.chain.sending.errors import InsufficientFunds, TransactionUnknown
from salus.chain.sending.fees import FALLBACK_TIP, Fees, suggest
from salus.chain.sending.nonces import Nonces
from salus.chain.sending.posting import PAUSES, Posting
from salus.chain.sending.watcher import Watcher

ME = "0xme"


def test_nonces_go_on_while_transactions_are_under_way():
    nonces = Nonces(lambda _: 5)
    for expected in (5, 6):
        with nonces.turn(ME) as turn:
            assert turn.take() == [expected]
    with nonces.turn(ME) as turn:
        assert (turn.take(3), turn.take()) == ([7, 8, 9], [10])
    assert nonces.next(ME) == 11


def test_nonces_are_read_anew_once_nothing_is_under_way():
    nonces = Nonces(lambda _: 5)
    with nonces.turn(ME) as turn:
        turn.take(2)
    nonces.settle(ME)
    assert nonces.next(ME) == 7
    nonces.settle(ME)
    assert nonces.next(ME) == 5


def test_a_turn_that_fails_gives_its_nonces_back():
    nonces = Nonces(lambda _: 5)

    def refused():
        with nonces.turn(ME) as turn:
            raise RuntimeError(turn.take())

    with pytest.raises(RuntimeError):
        refused()
    assert nonces.next(ME) == 5


def test_accounts_have_nonces_of_their_own():
    nonces = Nonces({"0xa": 1, "0xb": 9}.__getitem__)
    with nonces.turn("0xa") as one, nonces.turn("0xb") as other:
        assert (one.take(), other.take()) == ([1], [9])


def test_only_one_thread_has_an_accounts_turn():
    nonces, taken = Nonces(lambda _: 0), []

    def work():
        for _ in range(50):
            with nonces.turn(ME) as turn:
                taken.extend(turn.take())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert taken == list(range(200))


class Node:
    """Answers from a table, as a node would."""

    url = "here"

    def __init__(self, **answers):
        self._answers = answers

    def attempt(self, method, *_):
        return self._answers.get(method, RpcFailure("no such method"))

    def request(self, method, *_):
        return granted(self.attempt(method), url=self.url)


def test_fees_hold_through_six_full_blocks():
    node = Node(eth_getBlockByNumber={"baseFeePerGas": "0x64"}, eth_maxPriorityFeePerGas="0x2")
    fees = suggest(node)
    assert fees.fields() == {"type": 2, "maxFeePerGas": 202, "maxPriorityFeePerGas": 2}
    assert fees.ceiling > 100 * 1.125**5


def test_a_node_that_suggests_no_tip_gets_ours():
    assert suggest(Node(eth_getBlockByNumber={"baseFeePerGas": 7})).tip == FALLBACK_TIP


def test_a_chain_without_a_base_fee_is_paid_by_gas_price():
    fees = suggest(Node(eth_getBlockByNumber={}, eth_gasPrice="0x9"))
    assert fees == Fees(None, 9)
    assert (fees.fields(), fees.ceiling) == ({"gasPrice": 9}, 9)


@pytest.mark.parametrize(("value", "expected"), [("0x10", 16), (16, 16), ("0x0", 0)])
def test_numbers_are_read_from_every_node(value, expected):
    assert quantity(value) == expected


@given(
    user=st.text("abcdef0123456789", min_size=8, max_size=12),
    path=st.text("ghijklmnop", min_size=8, max_size=12),
    query=st.text("qrstuvwxyz", min_size=8, max_size=12),
)
def test_nothing_of_a_url_but_its_host_is_shown(user, path, query):
    shown = redact(f"https://{user}:{user}@node.test:8545/{path}?key={query}")
    assert shown == "https://node.test:8545/…"


def test_a_plain_url_is_shown_as_it_is():
    assert redact("http://127.0.0.1:8545") == redact("http://127.0.0.1:8545/")
    assert redact("http://127.0.0.1:8545") == "http://127.0.0.1:8545"


def test_common_words_of_a_path_are_no_credentials():
    for url in ("https://node.test/eth", "https://node.test/1", "https://me:pw@node.test/v3"):
        hide(url)
    hide("https://node.test/0123456789abcdef?key=letmein")
    said = "method eth_chainId of v3 is not allowed on chain 11155111"
    assert scrub(said) == said
    assert scrub("no 0123456789abcdef, key=letmein") == "no …, …"


@pytest.mark.parametrize(
    ("has", "problem"), [(False, InsufficientFunds), (None, TransactionUnknown)]
)
def test_refused_ones_of_a_pipeline_are_looked_for_all_at_once(monkeypatch, has, problem):
    pauses, failure = [], RpcFailure("insufficient funds for gas * price + value")
    monkeypatch.setattr("time.sleep", pauses.append)
    looks = []

    class Refusing:
        url, loopback = "here", False

        def attempt(self, *_):
            return failure

        def batch(self, requests):
            if requests[0][0] == "eth_sendRawTransaction":
                return [hex(0), hex(0), *[failure] * (len(requests) - 2)]
            looks.append(len(requests))
            return [None if has is False else RpcFailure("busy")] * len(requests)

    rpc, request = Refusing(), TransactionRequest("0x" + "11" * 20, b"")
    many = [
        SignedTransaction(bytes([i]), f"0x{i:064x}", request, ME, nonce=i, gas=1) for i in range(12)
    ]
    posting = Posting(rpc, Watcher(rpc, local=False, timeout=1), local=False)
    told = posting.post_all(many)
    assert told[:2] == [None, None]
    assert {type(each) for each in told[2:]} == {problem}
    assert (pauses, looks) == (list(PAUSES), [10, 10, 10])


@pytest.mark.parametrize(
    ("local", "connections", "most"), [(True, None, 2), (False, None, 1), (False, 3, 3)]
)
def test_many_leave_over_as_many_connections_as_are_set(local, connections, most):
    together, under_way, guard = [0], [0], threading.Condition()

    class Slow:
        url, loopback = "here", local

        def attempt(self, *_):
            return False

        def batch(self, requests):
            with guard:
                under_way[0] += 1
                together[0] = max(together[0], under_way[0])
                guard.notify_all()
                guard.wait_for(lambda: together[0] >= most, timeout=10)
                under_way[0] -= 1
            return ["0x"] * len(requests)

    rpc, request = Slow(), TransactionRequest("0x" + "11" * 20, b"")
    many = [
        SignedTransaction(b"", f"0x{i:064x}", request, ME, nonce=i, gas=1) for i in range(1_000)
    ]
    watcher = Watcher(rpc, local=local, timeout=1)
    posting = Posting(rpc, watcher, local=local, connections=connections)
    assert posting.post_all(many) == [None] * 1_000
    assert together == [most]

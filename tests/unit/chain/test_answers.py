"""What is no answer to the question: one of our errors with the node's words, never a KeyError."""

import pytest

from salus.chain.abi.logs import decode_log, require_asked
from salus.chain.errors import AnswerMalformed
from salus.chain.node.answers import (
    RpcFailure,
    count,
    is_of,
    member,
    moment,
    octets,
    price,
    quantity,
    replies,
    reply,
    words,
)
from salus.chain.node.transport import pause_asked

HERE, THERE = "0x" + "11" * 20, "0x" + "22" * 20
TOPIC, OTHER = "0x" + "aa" * 32, "0x" + "bb" * 32


def ok(number, result="0x1"):
    return {"jsonrpc": "2.0", "id": number, "result": result}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "text",
        [],
        [ok(0)],
        {},
        {"jsonrpc": "2.0", "id": 0},
        {"jsonrpc": "2.0", "id": 0, "error": None},
        {"jsonrpc": "2.0", "result": "0x1"},
        ok(1),
        ok("0"),
        ok(False),
        ok(None),
    ],
)
def test_what_does_not_answer_the_request_is_refused(raw):
    with pytest.raises(AnswerMalformed) as caught:
        reply(raw, number=0, url="http://node")
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("text", "text"),
        ({"message": "words"}, "words"),
        ({"code": 1}, '{"code": 1}'),
        (["a", "b"], '["a", "b"]'),
        (5, "5"),
        ({"message": {"nested": 1}}, '{"nested": 1}'),
        ({"message": "two\nlines"}, "two lines"),
    ],
)
def test_an_error_of_any_form_is_told_in_the_nodes_words(error, said):
    for raw in ({"id": 0, "error": error}, {"error": error}, {"id": None, "error": error}):
        failure = reply(raw, number=0, url="http://node")
        assert isinstance(failure, RpcFailure)
        assert failure.message == said


def test_words_are_short():
    assert len(words({"error": {"message": "x" * 10_000}})) == 300


def test_a_batch_is_read_by_number_in_any_order():
    assert replies([ok(1, "b"), ok(0, "a")], count=2, url="") == ["a", "b"]


@pytest.mark.parametrize(
    "raw",
    [
        [ok(0)],
        [ok(0), ok(0)],
        [ok(0), ok(1), ok(1)],
        [ok(0), None],
        [ok(0), {"jsonrpc": "2.0", "id": None, "result": "0x1"}],
        [ok(0), ok(2)],
        [ok(0), ok("1")],
        [ok(0), ok(True)],
        [ok(0), [ok(1)]],
        {"jsonrpc": "2.0", "id": 0, "result": []},
        "two",
        None,
    ],
)
def test_a_batch_with_null_missing_or_doubled_ids_is_refused(raw):
    with pytest.raises(AnswerMalformed):
        replies(raw, count=2, url="http://node")


def test_a_batch_that_is_refused_as_a_whole_is_a_failure_with_words():
    assert replies({"error": "too many"}, count=2, url="") == RpcFailure("too many")


@pytest.mark.parametrize("value", [None, True, -1, 1.5, "", "0x", "10", "0xg", "0x1 ", [], {}])
def test_a_number_is_hex_or_whole(value):
    with pytest.raises(AnswerMalformed):
        quantity(value)


@pytest.mark.parametrize("value", [None, 7, "", "0x1", "0xzz", "00", [], "0x00 "])
def test_bytes_are_whole_hex(value):
    with pytest.raises(AnswerMalformed):
        octets(value)


@pytest.mark.parametrize("value", [None, [], "text", {}, {"a": None}])
def test_a_member_that_is_missing_is_named(value):
    with pytest.raises(AnswerMalformed, match="it has no a"):
        member(value, "a")


@pytest.mark.parametrize(
    ("message", "code", "limited"),
    [
        ("slow down", 429, True),
        ("daily request count exceeded, request rate limited", -32005, True),
        ("Too Many Requests", -32000, True),
        ("query returned more than 10000 results", -32005, False),
        ("block range limit exceeded", -32000, False),
    ],
)
def test_being_asked_too_often_is_told_from_asking_for_too_much(message, code, limited):
    failure = reply({"id": 0, "error": {"code": code, "message": message}}, number=0, url="")
    assert failure.limited is limited


SAID_BY_A_CONTRACT = [
    {"code": 3, "message": "execution reverted: too many requests", "data": "0x08c379a0"},
    {"code": -32000, "message": "execution reverted: rate limit"},
    {"code": 3, "message": "throttled"},
    {"code": 429, "message": "execution reverted"},
    {"code": -32603, "message": "Reverted with reason string 'compute units'", "data": {}},
    {"code": -32015, "message": "VM execution error: too many requests", "data": "0x08c379a0"},
]


@pytest.mark.parametrize("error", SAID_BY_A_CONTRACT)
def test_what_a_contract_says_is_never_the_node_s_rate_limit(error):
    assert not reply({"id": 0, "error": error}, number=0, url="").limited


def log(**changes):
    plain = {
        "address": HERE,
        "topics": [TOPIC],
        "blockNumber": "0x5",
        "data": "0x",
        "transactionHash": OTHER,
        "logIndex": "0x0",
    }
    return {**plain, **changes}


QUERY = {"address": HERE, "topics": [TOPIC]}


def test_a_log_that_was_asked_for_is_taken():
    assert require_asked(log(), QUERY, 5, 5) == log()
    assert require_asked(log(topics=[TOPIC, OTHER]), {**QUERY, "topics": [TOPIC, None]}, 1, 9)


@pytest.mark.parametrize(
    "wrong",
    [
        log(address=THERE),
        log(address="0x11"),
        log(address=None),
        log(topics=[OTHER]),
        log(topics=[]),
        log(topics=None),
        log(blockNumber="0x6"),
        log(blockNumber=None),
        None,
        "log",
    ],
)
def test_a_log_that_was_not_asked_for_is_refused(wrong):
    with pytest.raises(AnswerMalformed):
        require_asked(wrong, QUERY, 5, 5)
    with pytest.raises(AnswerMalformed):
        require_asked(log(topics=[TOPIC]), {**QUERY, "topics": [TOPIC, OTHER]}, 5, 5)


def test_a_log_of_our_event_that_lacks_a_member_is_refused():
    from salus.chain.abi.catalogue import event_topic
    from salus.contracts.consents.events import ConsentRevoked

    topic, _ = event_topic(ConsentRevoked)
    for name in ("transactionHash", "logIndex", "data"):
        with pytest.raises(AnswerMalformed):
            decode_log(log(topics=["0x" + topic.hex()], **{name: None}))


def test_another_transaction_is_not_taken_for_the_one_asked_for():
    assert is_of({"hash": OTHER}, OTHER)
    assert not is_of(None, OTHER)
    for wrong in ({"hash": TOPIC}, {}, "0x", {"hash": None}):
        with pytest.raises(AnswerMalformed):
            is_of(wrong, OTHER)


def test_how_long_to_wait_is_read_in_both_forms():
    assert pause_asked("7") == 7
    assert pause_asked("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert pause_asked("Fri, 31 Dec 9999 23:59:59 GMT") > 3000
    for odd in ("", "soon", "-3", "1.5", "٣٣x"):
        assert pause_asked(odd) is None


@pytest.mark.parametrize(
    ("read", "most"),
    [(quantity, 2**256 - 1), (count, 2**53 - 1), (price, 2**128 - 1), (moment, 253402300799)],
)
def test_a_number_has_a_bound_however_it_is_written(read, most):
    assert read(most) == read(hex(most)) == most
    for value in (most + 1, hex(most + 1), 2**2000, "0x" + "f" * 5000):
        with pytest.raises(AnswerMalformed, match="too large"):
            read(value)


def test_bytes_of_a_known_size_have_it():
    assert octets("0x" + "11" * 32, size=32) == b"\x11" * 32
    for value in ("0x", "0x" + "11" * 31, b"\x11" * 33):
        with pytest.raises(AnswerMalformed):
            octets(value, size=32)

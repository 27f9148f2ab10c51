"""A real node behind a door that loses and changes what is sent to it in batches."""

import pytest

from salus.chain import Chain
from salus.chain.errors import AnswerMalformed
from salus.chain.node.rpc import HttpRpc
from salus.chain.sending.errors import (
    BatchIncomplete,
    TransactionUnknown,
)
from salus.testing import lies

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("hurry")]
NAME = b"did/svc/Inbox".ljust(32, b"\0")
SEND, RECEIPT, MANY = "eth_sendRawTransaction", "eth_getTransactionReceipt", "[]"
TAKEN = [lies.lost_after, lies.nonce_too_low, lies.error_after, lies.error_as_text, lies.null]
TAKEN += [lies.nothing, lies.of_another_request, lies.a_number, lies.web_page, lies.xml_as_json]
TAKEN += [lies.bad_gateway]


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

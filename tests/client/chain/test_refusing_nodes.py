"""A node that answers questions with an error of its own: one line with its words, exit 5."""

import ast
from pathlib import Path

import pytest

from salus.chain import Account, connect, development_account
from salus.chain.errors import ChainUnreachable, NodeRefused
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import NonceConflict, TransactionDropped, TransactionUnknown
from salus.contracts.identities.events import DIDAttributeChanged
from salus.contracts.reverts import RevertedWithoutReason
from salus.testing import LyingNode, fund, lies, local_salus

NAME = b"did/svc/Inbox".ljust(32, b"\0")
SEND, LOOK_UP = "eth_sendRawTransaction", "eth_getTransactionByHash"
ROOT = Path(__file__).parents[3] / "src/salus"


def words(text):
    """An error of the node's own, in these words."""

    def lie(ask):
        ask()
        return {"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": text}}

    return lie


@pytest.fixture(scope="module")
def honest():
    return local_salus().chain


@pytest.fixture
def node(honest):
    with LyingNode(honest.rpc) as door:
        yield door


@pytest.fixture
def chain(node, honest):
    with connect(node.url, deployment=honest.deployment, local=True) as found:
        yield found


@pytest.fixture
def brief(chain, monkeypatch):
    """Waiting for what is not mined ends at once."""
    monkeypatch.setattr(chain.sender._watcher, "_timeout", 0)


@pytest.fixture
def me(honest):
    account = Account.create()
    fund(honest, account.address, payer=development_account(4))
    return account


def write(chain, account):
    registry = chain.contract("IdentityRegistry")
    return registry.send("setAttribute", account.identity, NAME, b"value", 60, account=account)


def attributes(chain, account):
    registry = chain.contract("IdentityRegistry")
    return registry.events(DIDAttributeChanged, identity=account.identity)


@pytest.mark.parametrize(
    ("method", "ask"),
    [
        ("eth_getBlockByNumber", write),
        ("eth_getTransactionCount", write),
        ("eth_estimateGas", write),
        ("eth_getBlockByNumber", lambda chain, _: chain.now()),
        ("eth_getLogs", attributes),
        ("eth_blockNumber", attributes),
        ("eth_getCode", lambda chain, me: chain.code(me.identity)),
        ("eth_getCode", lambda chain, _: chain.contract("AnchorRegistry")),
        ("eth_getBalance", lambda chain, me: chain.balance(me.address)),
        ("eth_call", lambda chain, me: _owner(chain, me)),
    ],
)
def test_a_question_that_is_refused_is_one_line_with_the_nodes_words(node, chain, me, method, ask):
    chain.contract("IdentityRegistry")
    node.lie(method, words("header not found"))
    with pytest.raises(NodeRefused, match="header not found") as caught:
        ask(chain, me)
    assert caught.value.exit_code == 5
    node.be_honest()
    assert write(chain, me).hash in node.taken


def _owner(chain, me):
    return chain.contract("IdentityRegistry").call("identityOwner", me.identity)


def test_a_tip_that_is_not_suggested_is_chosen(node, chain, me):
    node.lie("eth_maxPriorityFeePerGas", words("method not found"))
    assert write(chain, me).hash in node.taken


def test_a_failure_whose_reason_the_node_cannot_tell_is_still_a_revert(node, chain, me):
    registry = chain.contract("IdentityRegistry")
    stranger = development_account(7).identity
    call = registry.prepare("setAttribute", stranger, NAME, b"v", 60, gas=200_000)
    node.lie("eth_call", words("missing trie node 12ab"))
    with pytest.raises(RevertedWithoutReason) as caught:
        chain.sender.send(call.request, me)
    assert caught.value.exit_code == 3
    notes = " ".join(caught.value.__notes__)
    assert "missing trie node 12ab" in notes
    assert node.taken[-1] in notes


@pytest.mark.parametrize("lie", [words("header not found"), lies.web_page, lies.lost_before])
def test_what_cannot_be_looked_up_is_unknown_and_no_conflict(node, chain, me, lie):
    node.lie(SEND, lies.nonce_too_low)
    node.lie(LOOK_UP, lie)
    with pytest.raises(TransactionUnknown, match="nonce too low") as caught:
        write(chain, me)
    assert caught.value.transaction == node.taken[-1]
    node.be_honest()
    assert chain.wait(caught.value.transaction).events


def test_many_that_cannot_be_looked_up_are_unknown(node, chain, me):
    registry = chain.contract("IdentityRegistry")
    call = registry.prepare("setAttribute", me.identity, NAME, b"v", 60)
    node.lie(SEND, lies.nonce_too_low)
    node.lie(LOOK_UP, words("header not found"))
    outcomes = chain.sender.send_many([call.request] * 3, me)
    assert {type(each) for each in outcomes} == {TransactionUnknown}
    node.be_honest()
    assert all(chain.wait(each.transaction).events for each in outcomes)


def test_what_the_node_does_not_have_is_a_conflict(node, chain, me):
    def unheard(_):
        error = {"code": -32000, "message": "nonce too low"}
        return {"jsonrpc": "2.0", "id": 0, "error": error}

    node.lie(SEND, unheard)
    with pytest.raises(NonceConflict):
        write(chain, me)


def test_no_nonce_is_made_up_for_what_somebody_else_signed(node, chain, honest, brief):
    other = development_account(9)
    for _ in range(2):
        honest.sender.send(TransactionRequest(other.address, b""), other)
    fees = {"gas": 21000, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1, "type": 2}
    fields = {"to": other.address, "data": b"", "value": 0, "nonce": 2}
    raw, _ = other.sign_transaction({**fields, **fees, "chainId": chain.chain_id})
    node.lie(SEND, lambda _: {"jsonrpc": "2.0", "id": 0, "result": "0x" + "00" * 32})
    with pytest.raises(TransactionDropped):
        chain.sender.pass_on(raw, sender=other.address)
    node.be_honest()
    assert chain.sender.pass_on(raw, sender=other.address).succeeded


def test_a_count_that_is_none_does_not_hide_what_became_of_a_transaction(node, chain, me, brief):
    node.lie("eth_getTransactionReceipt", lies.null)
    node.lie(LOOK_UP, lies.null)
    node.lie("eth_getTransactionCount", lies.web_page)
    raw, _ = me.sign_transaction(
        {"to": me.address, "data": b"", "value": 0, "nonce": 0, "gas": 21000}
        | {"gasPrice": 10**10, "chainId": chain.chain_id}
    )
    with pytest.raises(TransactionDropped):
        chain.sender.pass_on(raw, sender=me.address)


def test_no_failure_of_a_node_can_be_raised():
    """It is a value: whoever asks for it looks at it, everybody else gets an error of ours."""
    raised = [
        f"{path.name}:{each.lineno}"
        for path in ROOT.rglob("*.py")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(each, ast.Raise) and each.exc and "RpcFailure" in ast.dump(each.exc)
    ]
    assert raised == []
    from salus.chain.node.answers import RpcFailure

    assert not issubclass(RpcFailure, BaseException)
    assert isinstance(RpcFailure("odd").refusal("http://node"), ChainUnreachable)

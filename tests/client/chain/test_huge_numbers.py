"""A node's numbers have bounds: no lie ends in a traceback, before the act or after it."""

import contextlib
from hashlib import sha256

import pytest

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, connect, development_account
from salus.chain.deployments.file import Deployment
from salus.chain.errors import AnswerMalformed, DeploymentMalformed
from salus.chain.sending.errors import TransactionUnknown
from salus.errors import SalusError
from salus.testing import LyingNode, fund, lies, local_salus

NAMES = ["20000 bits", "71 bits", "65 bits", "64 bits"]
HUGE = ["0x" + "f" * 5000, hex(2**70), hex(2**64), hex(2**63)]
LEAF = sha256(b"x").digest()


@pytest.fixture(scope="module")
def honest():
    return local_salus().chain


@pytest.fixture
def node(honest):
    with LyingNode(honest.rpc) as door:
        yield door


@pytest.fixture
def client(node, honest):
    chain = connect(node.url, deployment=honest.deployment, local=True, max_fee=10**18)
    account = Account.create()
    fund(honest, account.address, payer=development_account(8))
    return Salus(chain, account=account, logs=LogStore.open("memory:", chain_id=chain.chain_id))


def says(value):
    """A result of this."""
    return lambda _: {"jsonrpc": "2.0", "id": 0, "result": value}


def changes(field, value):
    """A true result but for one member."""

    def lie(ask):
        reply = ask()
        if reply.get("result"):
            reply["result"][field] = value
        return reply

    return lie


def revoke(client):
    return client.consents.revoke_all(client.identity)


def sign(client):
    return client.consents.revoke_all(client.identity, by=client.account)


def anchor(client):
    return client.anchors.append("audit", [LEAF])


@pytest.mark.parametrize("value", HUGE, ids=NAMES)
@pytest.mark.parametrize(
    ("method", "act"),
    [
        ("eth_estimateGas", revoke),
        ("eth_getTransactionCount", revoke),
        ("eth_chainId", lambda client: connect(client.chain.rpc.url, chain_id=1)),
    ],
)
def test_a_count_is_a_count(node, client, method, act, value):
    node.lie(method, says(value))
    with pytest.raises(AnswerMalformed, match="too large"):
        act(client)
    node.be_honest()
    assert revoke(client)


@pytest.mark.parametrize("value", [*HUGE[:1], hex(2**300), hex(2**128)], ids=len)
def test_a_price_is_a_price_where_there_is_no_maximum(node, client, value):
    client.chain.spending.most = None
    node.lie("eth_maxPriorityFeePerGas", says(value))
    with pytest.raises(AnswerMalformed, match="too large"):
        revoke(client)


@pytest.mark.parametrize("value", HUGE[::3], ids=NAMES[::3])
@pytest.mark.parametrize("field", ["blockNumber", "status", "gasUsed"])
def test_an_act_whose_receipt_is_odd_leaves_its_hash(node, client, field, value):
    node.lie("eth_getTransactionReceipt", changes(field, value))
    with pytest.raises(TransactionUnknown) as caught:
        anchor(client)
    assert caught.value.transaction == node.taken[-1]
    node.be_honest()
    assert client.chain.wait(caught.value.transaction).events
    anchor(client)


@pytest.mark.parametrize("value", [*HUGE, hex(253402300800)], ids=len)
def test_a_time_is_in_the_calendar(node, client, value):
    node.lie("eth_getBlockByNumber", changes("timestamp", value))
    for act in (sign, lambda client: client.chain.now()):
        with pytest.raises(AnswerMalformed, match="too large"):
            act(client)


def test_a_failure_in_block_0_is_a_failure(node, client):
    def failed(ask):
        reply = ask()
        if reply.get("result"):
            reply["result"].update(status="0x0", blockNumber="0x0")
        return reply

    node.lie("eth_getTransactionReceipt", failed)
    with pytest.raises(SalusError):
        revoke(client)


@pytest.mark.parametrize("value", HUGE, ids=NAMES)
def test_a_last_block_beyond_all_is_refused(node, client, value):
    from salus.contracts.anchors.events import Anchored

    contract = client.chain.contract("AnchorRegistry")
    node.lie("eth_blockNumber", says(value))
    node.lie("eth_getLogs", lies.too_large)
    with pytest.raises(AnswerMalformed, match="too large"):
        contract.events(Anchored)


@pytest.mark.parametrize("value", [[1], {"a": 1}, "0x", True, 1.5, "0xzz", None, {}, "", 10**40])
@pytest.mark.parametrize("method", ["eth_call", "eth_getBlockByNumber", "eth_getTransactionCount"])
def test_no_result_ends_in_a_traceback(node, client, method, value):
    node.lie(method, says(value))
    for act in (revoke, sign):
        with contextlib.suppress(SalusError):
            act(client)
    node.be_honest()
    assert revoke(client)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"chainId": {}', '"chainId": 1e999'),
        ('"chainId": {}', '"chainId": 1.5'),
        ('"chainId": {}', '"chainId": true'),
        ('"chainId": {}', '"chainId": "{}"'),
        ('"generation": 1', '"generation": 1e999'),
        ('"generation": 1', f'"generation": {2**300}'),
        ('"generation": 1', '"generation": -1'),
        ('"generation": 1', '"generation": null'),
        ('"arguments": []', '"arguments": [{{"a": [1]}}]'),
        ('"arguments": []', '"arguments": [1e999]'),
        ('"arguments": []', '"arguments": [NaN]'),
    ],
)
def test_a_deployment_file_with_odd_numbers_is_malformed(honest, tmp_path, old, new):
    file = tmp_path / "x.json"
    honest.deployment.save(file)
    text, (old, new) = file.read_text(), (each.format(honest.chain_id) for each in (old, new))
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(DeploymentMalformed) as caught:
        Deployment.load(file)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("argument", [2**300, -1, "text"])
def test_a_deployment_file_with_odd_arguments_is_refused(honest, tmp_path, argument):
    import json

    file = tmp_path / "x.json"
    raw = honest.deployment.as_json()
    raw["contracts"]["AnchorRegistry"]["arguments"] = [argument]
    file.write_text(json.dumps(raw))
    chain = Chain(honest.rpc, network="tester")
    chain.use(Deployment.load(file))
    with pytest.raises(SalusError):
        chain.contract("AnchorRegistry")

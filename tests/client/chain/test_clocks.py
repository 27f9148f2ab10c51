"""A deadline is counted from this machine's time: no node makes a signature last without end."""

import time

import pytest

from salus import Salus
from salus.chain import Account, connect, development_account
from salus.chain.errors import ClocksDiffer
from salus.chain.node import clocks
from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import ChainError
from salus.terms import Effect, Rule, Terms
from salus.testing import LyingNode, fund, local_salus

TREATMENT = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
HOUR = 3600
FOR_EVER = 2**37


@pytest.fixture(scope="module")
def honest():
    return local_salus().chain


@pytest.fixture
def node(honest):
    honest.rpc.request("evm_mine", 1)
    with LyingNode(honest.rpc) as door:
        yield door


@pytest.fixture
def client(node, honest):
    chain = connect(node.url, deployment=honest.deployment, local=False)
    account = Account.create()
    fund(honest, account.address, payer=development_account(8))
    return Salus(chain, account=account)


def says(seconds):
    """The latest block is of that time."""

    def lie(ask):
        reply = ask()
        reply["result"] = {**reply["result"], "timestamp": hex(int(seconds))}
        return reply

    return lie


def consent(client, **options):
    me = client.account
    made = client.consents.propose(me.identity, development_account(1).identity, TREATMENT)
    return client.consents.sign(made, by=me, **options)


def revocation(client, **options):
    return client.consents.revocations.sign(
        client.identity, bytes(32), by=client.account, **options
    )


def approval(client):
    me, other = client.account, Account.create().identity
    guardians = GuardianSet.of([me.identity, other], threshold=1)
    return client.identities.recovery.approve(
        me.identity, other, guardians, guardian=me.identity, by=me, deadline=FOR_EVER
    )


SIGNING = {
    "consent": consent,
    "consent until": lambda client: consent(client, deadline=FOR_EVER),
    "revocation": revocation,
    "revocation until": lambda client: revocation(client, deadline=FOR_EVER),
    "revoke all": lambda client: client.consents.revoke_all(client.identity, by=client.account),
    "rotate": lambda client: client.identities.control.rotate(
        client.identity, Account.create().identity, by=client.account
    ),
    "opt out": lambda client: client.emergencies.windows.set_opt_out(
        client.identity, True, by=client.account
    ),
    "guardian": approval,
}


@pytest.mark.parametrize("seconds", [clocks.AHEAD + 60, FOR_EVER, -clocks.BEHIND - 60])
@pytest.mark.parametrize("act", SIGNING.values(), ids=SIGNING)
def test_nothing_is_signed_where_the_times_differ(node, client, act, seconds):
    client.consents.checks.epoch(client.identity)
    node.lie("eth_getBlockByNumber", says(min(time.time() + seconds, 253402300799)))
    with pytest.raises(ClocksDiffer, match="nothing was signed") as caught:
        act(client)
    assert isinstance(caught.value, ChainError)
    assert caught.value.exit_code == 5
    assert "UTC" in str(caught.value)
    assert node.taken == []
    node.be_honest()
    act(client)


@pytest.mark.parametrize("seconds", [clocks.AHEAD + 60, -clocks.BEHIND - 60])
def test_what_has_no_deadline_is_granted_whatever_the_times_are(node, client, seconds):
    me, terms = client.identity, Terms(base=Rule(effect=Effect.PERMIT))
    given = client.consents.propose(me, Account.create().identity, terms)
    node.lie("eth_getBlockByNumber", says(time.time() + seconds))
    client.consents.grant(given)
    node.be_honest()
    assert client.consents.checks.status(me, given.id).active


@pytest.mark.parametrize("seconds", [clocks.AHEAD - 60, -clocks.BEHIND + 60])
def test_a_deadline_is_of_this_machines_time_however_the_chain_runs(node, client, seconds):
    client.consents.checks.epoch(client.identity)
    node.lie("eth_getBlockByNumber", says(time.time() + seconds))
    before = int(time.time())
    assert before + HOUR <= consent(client).deadline <= time.time() + HOUR
    assert before + 90 * 24 * HOUR <= revocation(client).deadline <= time.time() + 90 * 24 * HOUR
    assert revocation(client, deadline=before + 7).deadline == before + 7


def test_the_time_of_a_local_chain_is_its_own(node, honest):
    chain = connect(node.url, deployment=honest.deployment, local=True)
    node.lie("eth_getBlockByNumber", says(FOR_EVER))
    assert chain.deadline(HOUR) == FOR_EVER + HOUR


def test_the_command_line_signs_for_as_long_as_it_says(node, client):
    node.lie("eth_getBlockByNumber", says(FOR_EVER))
    with pytest.raises(ClocksDiffer):
        client.chain.deadline(90 * 24 * HOUR)

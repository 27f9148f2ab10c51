"""A patient's key is stolen and used; guardians recover; the patient ends what the thief left."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from salus import Salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.consents.errors import ConsentNotInForce
from salus.contracts.identities.guardian_set import GuardianSet
from salus.contracts.signed_acts import NotController
from salus.identities import add_delegate
from salus.terms import Effect, Rule, Terms
from salus.testing import advance, fund, participant
from salus.vault import IdentityKeys

DAY = 24 * 3600
TERMS = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
GRANT = "consent/grant"


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    try:
        with local_node("anvil") as node, connect(node.url) as chain:
            deploy(chain, development_account(0), path=None)
            yield chain
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


def funded(chain: Chain) -> Salus:
    """Somebody with coin, a vault, and an inbox that is announced."""
    account = Account.create()
    fund(chain, account.address, payer=development_account(0))
    return participant(chain, account, inbox=True)


def propose(identity: str, new_owner: str, guardians: list[Salus], opening: GuardianSet) -> None:
    """All guardians approve; the first of them proposes; the delay passes."""
    first, chain = guardians[0].identities, guardians[0].chain
    deadline = chain.now() + 3600
    approvals = [
        each.identities.recovery.approve(
            identity,
            new_owner,
            opening,
            guardian=each.account.identity,
            by=each.account,
            deadline=deadline,
            unanimous=True,
        )
        for each in guardians
    ]
    first.recovery.propose(approvals, opening)
    advance(chain, 7 * DAY)


def test_the_thief_keeps_nothing_and_the_patient_what_was_honest(chain: Chain) -> None:
    patient, carer, accomplice, new, hospital = (funded(chain) for _ in range(5))
    guardians = [funded(chain) for _ in range(3)]
    who = patient.account.identity
    opening = GuardianSet.of([each.account.identity for each in guardians], threshold=2)
    patient.identities.guardians.set(who, opening)
    patient.identities.changes.apply(who, [add_delegate(carer.account.identity, GRANT)])
    inbox, document = hospital.mail.directory.find(who)

    # The thief has the key, and with it all that the patient has.
    thief = Salus(chain, account=patient.account)
    theft = chain.block().number + 1
    thief.identities.changes.apply(who, [add_delegate(accomplice.account.identity, GRANT)])
    fake = IdentityKeys.generate(who, created_at=chain.now()).document
    new.mail.directory.announce(fake, "memory://thief", by=patient.account)
    granted = thief.consents.propose(who, accomplice.account.identity, TERMS)
    thief.consents.grant(granted)
    assert hospital.mail.directory.find(who)[0].url == "memory://thief"

    owner = new.account.identity
    propose(who, owner, guardians, opening)
    guardians[0].identities.recovery.execute(who)
    with pytest.raises(NotController):
        thief.identities.changes.apply(who, [add_delegate(owner, GRANT)])
    late = accomplice.consents.propose(who, accomplice.account.identity, TERMS)
    accomplice.consents.grant(late)
    assert hospital.consents.checks.require(granted)
    assert hospital.consents.checks.require(late)

    left = new.thefts.leftovers(who)
    stolen = new.thefts.leftovers(who, since=theft)
    assert [each.block_number < theft for each in left] == [True] * 3 + [False] * 3
    assert left[3:] == stolen
    assert {each.sender for each in stolen} == {patient.account.address, new.account.address}
    keep = [each.id for each in left if each not in stolen]
    cleared = new.thefts.clear(who, keep=keep)

    assert cleared.removed == stolen
    for consent in (granted, late):
        with pytest.raises(ConsentNotInForce, match="revoked all"):
            hospital.consents.checks.require(consent)
    with pytest.raises(NotController):
        accomplice.consents.grant(
            accomplice.consents.propose(who, accomplice.account.identity, TERMS)
        )
    assert hospital.identities.changes.is_delegate(who, GRANT, carer.account.identity)
    found, key = hospital.mail.directory.find(who)
    assert (found.url, key.digest) == (inbox.url, document.digest)
    assert new.thefts.leftovers(who) == left[:3]
    assert new.thefts.clear(who, keep=keep).transactions == ()


def test_consents_that_the_thief_ended_in_the_block_of_the_recovery_end_again(
    chain: Chain,
) -> None:
    patient, guardian, new = (funded(chain) for _ in range(3))
    who = patient.account.identity
    opening = GuardianSet.of([guardian.account.identity], threshold=1)
    patient.identities.guardians.set(who, opening)
    propose(who, new.account.identity, [guardian], opening)
    salt = secrets.token_bytes(32)
    calls = [
        chain.contract("ConsentRegistry").prepare("revokeAllConsents", who, salt),
        chain.contract("IdentityRegistry").prepare("executeRecovery", who),
    ]
    chain.rpc.request("evm_setAutomine", False)
    chain.rpc.request("evm_setIntervalMining", 1)
    try:
        ended, recovered = chain.send_many(calls, account=patient.account)
    finally:
        chain.rpc.request("evm_setIntervalMining", 0)
        chain.rpc.request("evm_setAutomine", True)
    assert ended.block_number == recovered.block_number

    # What was granted in that block, between the two, carries the new epoch.
    assert new.thefts.clear(who).consents_ended
    assert not new.thefts.clear(who).consents_ended

"""Upgraded wallets (EIP-7702) keep their say: patients revoke, guardians recover, clients check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from salus import Salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.consents.checks import Strength
from salus.consents.errors import RevocationNotValid
from salus.contracts.identities.guardian_set import GuardianSet
from salus.contracts.reverts import RevertedWithoutReason
from salus.contracts.signed_acts import SignatureInvalid
from salus.mail.directory import verifier
from salus.terms import Effect, Rule, Terms
from salus.testing import advance

TERMS = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
PAYER = development_account(0)


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    try:
        node = local_node("anvil", arguments=["--hardfork", "prague"])
        with node as running, connect(running.url) as chain:
            deploy(chain, PAYER, path=None)
            yield chain
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture
def helper(chain: Chain) -> Salus:
    return Salus(chain, account=PAYER)


def upgrade(chain: Chain, account: Account, code: str) -> None:
    """Somebody else pays for the transaction that takes `code` into a wallet."""
    key, ask = account._key.account, chain.rpc.request
    nonce = int(ask("eth_getTransactionCount", account.address, "latest"), 16)
    agreed = key.sign_authorization({"chainId": chain.chain_id, "address": code, "nonce": nonce})
    transaction = {
        "type": 4,
        "chainId": chain.chain_id,
        "nonce": int(ask("eth_getTransactionCount", PAYER.address, "latest"), 16),
        "to": account.address,
        "value": 0,
        "data": "0x",
        "gas": 200_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
        "authorizationList": [agreed],
        "accessList": [],
    }
    raw, _ = PAYER.sign_transaction(transaction)
    sent = ask("eth_sendRawTransaction", "0x" + raw.hex())
    with suppress(RevertedWithoutReason):  # the code may refuse an empty call; it is there anyway
        chain.wait(sent)
    assert chain.code(account.address).hex() == "ef0100" + code[2:].lower()


@pytest.fixture
def wallet_code(chain: Chain) -> str:
    """A contract that knows no ERC-1271, as many wallets that batch calls."""
    return chain.contract("PasskeyVerifier").address


def test_an_upgraded_patient_s_revocation_is_honoured_and_submitted(
    chain: Chain, helper: Salus, wallet_code: str
) -> None:
    patient = Account.create()
    before = helper.consents.revocations.sign(patient.identity, b"\1" * 32, by=patient)
    upgrade(chain, patient, wallet_code)
    after = helper.consents.revocations.sign(patient.identity, b"\2" * 32, by=patient)
    for signed in (before, after):
        helper.consents.revocations.check(signed)
        helper.consents.revocations.submit(signed)
        assert helper.consents.checks.status(patient.identity, signed.consent_id).revoked_at
    helper.consents.revoke(patient.identity, b"\3" * 32, by=patient)
    helper.consents.revoke_all(patient.identity, by=patient)


def test_an_upgraded_patient_grants_in_every_strength(
    chain: Chain, helper: Salus, wallet_code: str
) -> None:
    patient, clinic = Account.create(), Account.create().identity
    upgrade(chain, patient, wallet_code)
    one, two = (helper.consents.propose(patient.identity, clinic, TERMS) for _ in range(2))
    signed = helper.consents.sign(one, by=patient)
    assert helper.consents.checks.require(signed).strength is Strength.SIGNED
    helper.consents.register(signed)
    assert helper.consents.checks.require(signed).strength is Strength.REGISTERED
    (batched,) = helper.consents.batches.grant([two], by=patient)
    assert helper.consents.checks.require(batched).strength is Strength.BATCHED


def test_upgraded_guardians_recover(chain: Chain, helper: Salus, wallet_code: str) -> None:
    patient, new, *guardians = (Account.create() for _ in range(4))
    who = patient.identity
    opening = GuardianSet.of([each.identity for each in guardians], threshold=2)
    helper.identities.guardians.set(who, opening, by=patient)
    for each in guardians:
        upgrade(chain, each, wallet_code)
    until = chain.now() + 3600
    approvals = [
        helper.identities.recovery.approve(
            who,
            new.identity,
            opening,
            guardian=each.identity,
            by=each,
            deadline=until,
            unanimous=True,
        )
        for each in guardians
    ]
    helper.identities.recovery.propose(approvals, opening)
    advance(chain, 7 * 24 * 3600)
    helper.identities.recovery.execute(who)
    assert helper.identities.control.owner(who) == new.identity


def test_a_stranger_signs_for_no_upgraded_wallet(
    chain: Chain, helper: Salus, wallet_code: str
) -> None:
    patient, thief = Account.create(), Account.create()
    upgrade(chain, patient, wallet_code)
    act = {"patient": patient.identity, "consentId": b"\4" * 32}
    until = chain.now() + 3600
    _, _, signature = chain.contract("ConsentRegistry").authorize(
        thief, "RevokeConsent", act, until
    )
    forged = (patient.signer, until, signature)
    with pytest.raises(SignatureInvalid):
        chain.contract("ConsentRegistry").send(
            "revokeConsentBySig", patient.identity, act["consentId"], forged, account=PAYER
        )
    signed = helper.consents.revocations.sign(patient.identity, b"\4" * 32, by=thief)
    named = type(signed)(
        signed.chain_id, patient.identity, b"\4" * 32, until, patient.signer, signed.signature
    )
    with pytest.raises(RevocationNotValid):
        helper.consents.revocations.check(named)


def test_what_an_upgraded_wallet_signs_is_verified_again_and_again(
    chain: Chain, helper: Salus, wallet_code: str
) -> None:
    author = Account.create()
    check = verifier(chain)
    act = {"patient": author.identity, "consentId": bytes(32), "deadline": 2**40}
    typed = helper.consents._registry.typed("RevokeConsent", act)
    check(author.identity, typed, author.signer, author.sign_typed_data(typed))
    upgrade(chain, author, wallet_code)
    for verify in (check, verifier(chain)):
        verify(author.identity, typed, author.signer, author.sign_typed_data(typed))

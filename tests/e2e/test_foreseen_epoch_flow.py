"""A thief who foresees the next epoch anchors consents of it before the patient is rescued."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from salus import Salus
from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.contract import Call
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.consents.checks import Strength
from salus.consents.documents import BatchedConsent, Consent
from salus.consents.errors import ConsentNotInForce
from salus.contracts.identities.guardian_set import GuardianSet
from salus.primitives.merkle import MerkleTree
from salus.terms import Effect, Rule, Terms
from salus.testing import advance, fund
from salus_verify.log import Checkpoint, stream_id

TERMS = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
GAS = 400_000  # given, so that calls that build on one another are not simulated one by one


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    try:
        with local_node("anvil") as node, connect(node.url) as chain:
            deploy(chain, development_account(0), path=None)
            yield chain
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


def in_one_block(chain: Chain, calls: list[Call], relayer: Account) -> None:
    """All of them in the next block, in order."""
    chain.rpc.request("evm_setAutomine", False)
    try:
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(chain.send_many, calls, account=relayer)
            until = monotonic() + 300
            while int(chain.rpc.request("txpool_status")["pending"], 16) < len(calls):
                assert monotonic() < until
                assert not sent.done()
                sleep(0.05)
            chain.rpc.request("evm_mine")
            mined = {each.block_number for each in sent.result()}
    finally:
        chain.rpc.request("evm_setAutomine", True)
    assert len(mined) == 1


def signed(chain: Chain, by: Account, contract: str, act: str, message: dict[str, object]):  # type: ignore[no-untyped-def]
    return chain.contract(contract).authorize(by, act, message, chain.now() + 3600)


def next_epoch(chain: Chain, patient: str, salt: bytes) -> bytes:
    """What the contract will make of the next block's parent, which is the block that is last."""
    from eth_utils.crypto import keccak

    parent = bytes.fromhex(chain.block().hash[2:])
    return keccak(bytes(32) + parent + bytes.fromhex(patient[2:]).rjust(32, b"\0") + salt)


def test_consents_anchored_for_an_epoch_before_it_begins_do_not_count(chain: Chain) -> None:
    stolen, guardian, rescuer, relayer = (Account.create() for _ in range(4))
    for each in (stolen, rescuer, relayer):
        fund(chain, each.address, payer=development_account(0))
    patient, clinic = stolen.identity, Account.create().identity
    helper = Salus(chain, account=relayer)
    honest = helper.consents.propose(patient, clinic, TERMS)
    (before,) = helper.consents.batches.grant([honest], by=stolen)
    guardians = GuardianSet.of([guardian.identity], threshold=1)
    helper.identities.guardians.set(patient, guardians, by=stolen)
    until = chain.now() + 3600
    approval = helper.identities.recovery.approve(
        patient,
        rescuer.identity,
        guardians,
        guardian=guardian.identity,
        by=guardian,
        deadline=until,
        unanimous=True,
    )
    helper.identities.recovery.propose([approval], guardians)
    advance(chain, 7 * 24 * 3600)

    # The thief sees the rescue in the pool, salt and all, and is the first in its block.
    salt = secrets.token_bytes(32)
    foreseen = next_epoch(chain, patient, salt)
    consent = Consent(patient, clinic, TERMS, secrets.token_bytes(32), foreseen)
    stream, last = stream_id("consents"), before.inclusion.anchored.checkpoint
    tree = MerkleTree.of([honest.id, consent.id])
    size, root = len(tree), tree.root()
    anchor = {"issuer": patient, "stream": stream, "last": last.id, "size": size, "root": root}
    ending = {"patient": patient, "epoch": bytes(32), "salt": salt}
    forged = (patient, stream, last.as_tuple(), size, root)
    by_thief = signed(chain, stolen, "AnchorRegistry", "Anchor", anchor)
    by_rescuer = signed(chain, rescuer, "ConsentRegistry", "RevokeAllConsents", ending)
    anchors, consents = chain.contract("AnchorRegistry"), chain.contract("ConsentRegistry")
    recovery = chain.contract("IdentityRegistry").prepare("executeRecovery", patient, gas=GAS)
    in_one_block(
        chain,
        [
            anchors.prepare("anchorBySig", *forged, by_thief, gas=GAS),
            recovery,
            consents.prepare(
                "revokeAllConsentsBySig", patient, bytes(32), salt, by_rescuer, gas=GAS
            ),
        ],
        relayer,
    )

    assert helper.consents.checks.epoch(patient) == foreseen, (
        "with the salt, the thief knew the epoch"
    )
    anchored = AnchoredCheckpoint(
        patient, stream, Checkpoint(last.id, root, size), chain.block().number
    )
    path = tuple(tree.inclusion_proof(1))
    batched = BatchedConsent(consent, Inclusion(consent.id, 1, path, anchored))
    helper.anchors.proofs.verify(batched.inclusion)
    with pytest.raises(ConsentNotInForce, match="before the consents of its epoch began"):
        helper.consents.checks.require(batched)

    # The patient goes on, in the same epoch, and in the stream's next number.
    own = helper.consents.propose(patient, clinic, TERMS)
    (again,) = helper.consents.batches.grant([own], by=rescuer)
    assert helper.consents.checks.require(again).strength is Strength.BATCHED


def test_nobody_foresees_an_epoch_without_its_salt(chain: Chain) -> None:
    patient, relayer = Account.create(), Account.create()
    fund(chain, relayer.address, payer=development_account(0))
    helper, seen = Salus(chain, account=relayer), set()
    snapshot = chain.rpc.request("evm_snapshot")
    for _ in range(3):  # from the very same state, block hash and all
        helper.consents.revoke_all(patient.identity, by=patient)
        seen.add(helper.consents.checks.epoch(patient.identity))
        chain.rpc.request("evm_revert", snapshot)
        snapshot = chain.rpc.request("evm_snapshot")
    assert len(seen) == 3

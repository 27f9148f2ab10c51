"""A patient with a passkey, two hospitals that share a chain, blobs and inboxes, a verifier."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import second_verifier

import salus
from salus import Salus
from salus.chain import (
    Account,
    PasskeySigner,
    SoftwarePasskey,
    connect,
    deploy,
    development_account,
)
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.demo.samples import bundle_bytes
from salus.receipts import Expected, Receipt, verify_receipt
from salus.terms import Effect, Rule, Terms
from salus.testing import fund
from salus.vault.errors import MissingKey, RecordErased
from salus_verify.assurance import Assurance

TERMS = Terms(
    base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})),
    exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY", "SUD", "HIV"})),),
)

CUSTODIAN = Path(__file__).parents[1] / "support" / "custodian.py"


OPENED: list[Salus] = []


@pytest.fixture(autouse=True)
def all_closed() -> Iterator[None]:
    """Close every institution's client, whatever a test ends with."""
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(scope="module")
def network() -> Iterator[str]:
    try:
        with local_node("anvil") as node:
            yield node.url
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture
def place(network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, with the deployment file of this chain."""
    monkeypatch.setenv("SALUS_DEPLOYMENT", str(tmp_path / "deployment.json"))
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    with connect(network) as chain:
        deploy(chain, development_account(0), path=tmp_path / "deployment.json")
    return tmp_path


def hospital(network: str, place: Path, name: str, *, reads: str | None = None) -> Salus:
    """One institution: a keystore, a state folder, its own blobs, an inbox."""
    account = Account.create()
    account.to_keystore(place / f"{name}.json", "seven wet otters", iterations=4096)
    with connect(network) as chain:
        fund(chain, account.address, payer=development_account(0))
    client = participant(network, place, name, reads=reads)
    inbox = (place / f"inbox-{name}").as_uri()
    client.mail.announce(inbox)
    return client


def participant(network: str, place: Path, name: str, *, reads: str | None = None) -> Salus:
    client = salus.connect(
        network,
        account=Account.from_keystore(place / f"{name}.json", "seven wet otters"),
        storage=(place / f"blobs-{name}").as_uri(),
        state=place / name,
        read_from=[(place / f"blobs-{reads}").as_uri()] if reads else (),
    )
    OPENED.append(client)
    return client


@pytest.fixture
def patient(network: str, place: Path) -> PasskeySigner:
    passkey = SoftwarePasskey.create()
    with connect(network) as chain:
        verifier = chain.contract("PasskeyVerifier").address
    return PasskeySigner(verifier, passkey.public_key, passkey)


def test_from_a_record_to_its_revocation(network: str, place: Path, patient: PasskeySigner) -> None:
    anna = hospital(network, place, "anna")
    lakeside = hospital(network, place, "lakeside", reads="anna")

    # Anna keeps a bundle; the patient consents with a passkey, and has neither coin nor account.
    added = anna.records.add_bundle(bundle_bytes(), patient=patient.identity)
    assert anna.chain.balance(patient.identity) == 0
    consent = anna.consents.propose(patient.identity, lakeside.account.identity, TERMS)
    signed = anna.consents.sign(consent, by=patient)
    anna.consents.register(signed)

    # Lakeside collects what was permitted, and opens it for that purpose alone.
    shared = anna.records.share(signed, purpose="TREAT")
    came = lakeside.records.collect()
    assert (len(came.manifests), came.problems) == (len(shared), ())
    assert len(shared) < len(added.records)
    (under,) = came.consents
    for manifest in came.manifests:
        opened = lakeside.records.open(manifest, under=under, purpose="TREAT")
        assert opened in bundle_bytes()
    with pytest.raises(ConsentRefused):
        lakeside.records.open(came.manifests[0], under=under, purpose="HMARKT")
    withheld = {each.manifest.digest for each in added.records} - {each.digest for each in shared}
    for each in added.records:
        if each.manifest.digest in withheld:
            with pytest.raises(MissingKey):
                lakeside.vault.open(each.manifest)

    # A verifier who has a receipt, the document and a block's hash checks all of it offline.
    record = added.records[0].manifest
    document, written = anna.records.open(record), anna.records.receipt(record).to_json()
    receipt = Receipt.from_json(written)
    known = Expected(chain_id=31337, issuer=anna.account.identity)
    found = verify_receipt(
        receipt, document=document, block_hash=receipt.block_hash, expected=known
    )
    assert found.assurance is Assurance.STORAGE_PROOF
    assert receipt.block_number == added.anchored.block_number
    agreed = second_verifier.verify(written, document, receipt.block_hash)
    assert agreed == found.assurance.value

    # The patient revokes: nothing new opens anywhere, and what follows has new keys.
    anna.consents.revoke(patient.identity, consent.id, by=patient)
    assert anna.records.revoke(consent.id).shared_keys == 0  # the act above ended it here already
    with pytest.raises(ConsentNotInForce):
        anna.records.share(signed, purpose="TREAT")
    with pytest.raises(ConsentNotInForce):
        lakeside.records.open(came.manifests[0], under=under, purpose="TREAT")

    # The record is erased; its anchored proof stays and opens nothing.
    erased = anna.records.erase(record.record_id)
    assert erased.report.complete
    with pytest.raises(RecordErased):
        anna.records.open(record)


def strings(value: object) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def test_blobs_and_inboxes_hold_no_plaintext(
    network: str, place: Path, patient: PasskeySigner
) -> None:
    anna = hospital(network, place, "anna")
    lakeside = hospital(network, place, "lakeside", reads="anna")
    anna.records.add_bundle(bundle_bytes(), patient=patient.identity)
    consent = anna.consents.propose(patient.identity, lakeside.account.identity, TERMS)
    anna.records.share(anna.consents.sign(consent, by=patient), purpose="TREAT")
    lakeside.records.collect()
    # shorter words occur in ciphertext by chance
    words = {each.encode() for each in strings(json.loads(bundle_bytes())) if len(each) >= 8}
    assert b"Hemoglobin A1c/Hemoglobin.total in Blood" in words
    for file in place.rglob("*"):
        if file.is_file() and file.name != "deployment.json":
            content = file.read_bytes()
            assert not [word for word in words if word in content], file
            assert consent.salt not in content


@pytest.mark.parametrize("before", ["log", "anchor"])
def test_a_custodian_killed_between_storing_and_anchoring_loses_nothing(
    network: str, place: Path, patient: PasskeySigner, before: str
) -> None:
    anna = hospital(network, place, "anna")
    anna.close()
    arguments = [place / "anna.json", (place / "blobs-anna").as_uri(), place / "anna"]
    command = [sys.executable, str(CUSTODIAN), network]
    process = subprocess.Popen(
        [*command, *map(str, arguments), patient.identity, before], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout as said:
        try:
            assert said.readline() == b"stored\n"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    again = participant(network, place, "anna")
    (manifest,) = again.vault.manifests()
    assert again.records.open(manifest) == b"the lost note"
    anchored = again.records.anchor_pending()
    assert anchored is not None
    assert anchored.checkpoint.size == 1
    receipt = again.records.receipt(manifest)
    found = verify_receipt(receipt, document=b"the lost note", block_hash=receipt.block_hash)
    assert found.assurance is Assurance.STORAGE_PROOF

"""What a thief wrote to a reader in an issuer's name, from the theft to ordinary work."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import pytest
from tests.support.exchange import NOTE, TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentNotInForce
from salus.errors import InputError
from salus.mail import receiving
from salus.records.erasing import ERASURE
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.testing import fund, participant
from salus.vault.crypto.cid import content_id
from salus.vault.crypto.commitments import commit_key
from salus.vault.crypto.envelope import encrypt
from salus.vault.crypto.segments import ciphertext_size
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.errors import ForkedManifest, MissingKey, MissingRecord
from salus_verify.opening import PlaintextCommitment

PAYER = development_account(8)
SAID = RecordFacts(resource_class=NOTE.resource_class)


@dataclass
class Theft:
    """A thief of the hospital's account, who has a consent that names the reader, and no vault."""

    exchange: Exchange
    consent: SignedConsent

    def post(self, kind: str, body: bytes) -> None:
        hospital, reader = self.exchange.custodian, self.exchange.grantee
        inbox, document = hospital.mail.directory.find(reader.identity)
        hospital.mail.post(inbox, kind, body, document)

    def write(self, like: Manifest, record: bytes, text: bytes) -> Manifest:
        """Send a record of the thief's making."""
        key, salt = os.urandom(32), os.urandom(32)
        commitment = PlaintextCommitment(salt)
        commitment.update(text)
        what = replace(
            like,
            record=record,
            commitment=commitment.digest(),
            plaintext_size=len(text),
            blob=replace(like.blob, ciphertext_size=ciphertext_size(len(text))),
        )
        sealed = b"".join(
            bytes(each) for each in encrypt([text], key=key, associated_data=what.associated_data)
        )
        name = content_id([sealed])
        self.exchange.storage.put(f"blobs/{name}", sealed)
        place = replace(
            what.blob,
            content_id=name,
            key_commitment=commit_key(key),
            key_id=os.urandom(16),
        )
        manifest = replace(what, blob=place)
        given = GivenKey("record", place.key_id, key + salt)
        consent = f"0x{self.consent.consent.id.hex()}"
        pointer = Pointer(manifest.to_document(), facts=SAID)
        self.post(TERMS, self.consent.to_json().encode())
        self.post(PARCEL, Parcel((given,), (pointer,), consent).to_bytes())
        return manifest

    def say_erased(self, manifest: Manifest) -> None:
        chain = self.exchange.custodian.chain
        notice = ErasureNotice(
            issuer=manifest.issuer,
            chain_id=chain.chain_id,
            record=manifest.record,
            erased_at=chain.now(),
        )
        self.post(ERASURE, notice.to_bytes())


@pytest.fixture
def theft(chain: Chain) -> Theft:
    exchange = Exchange.set_up(chain, PAYER)
    return Theft(exchange, exchange.consent())


def rotated(hospital: Salus) -> Salus:
    """The hospital with another account, its state folder and its storage."""
    account = Account.create()
    fund(hospital.chain, account.address, payer=PAYER)
    hospital.identities.control.rotate(hospital.identity, account.address)
    after = Salus(
        hospital.chain,
        account=account,
        vault=hospital.vault,
        logs=hospital.anchors._logs,
        identity=hospital.identity,
    )
    after.thefts.clear()
    return after


def opened(reader: Salus, manifest: Manifest, consent: SignedConsent) -> bytes:
    return reader.records.open(manifest.record_id, under=consent, purpose="TREAT")


def test_from_forged_squatted_and_erased_records_to_ordinary_work(theft: Theft) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    hospital = exchange.custodian
    wanted = exchange.add(b"wanted still")
    hospital.records.share(consent, purpose="TREAT")
    assert len(reader.records.collect().manifests) == 1
    late = exchange.add(b"true, and not shared yet")
    forged = theft.write(wanted, os.urandom(16), b"made up")
    theft.write(wanted, late.record, b"squatted")
    theft.say_erased(wanted)
    reader.records.collect()
    assert opened(reader, forged, consent) == b"made up"
    assert opened(reader, late, consent) == b"squatted"

    after = rotated(hospital)
    assert after.records.resend().unshared == ()
    came = reader.records.collect()
    assert {each.record for each in came.manifests} == {wanted.record, late.record}
    assert opened(reader, late, consent) == b"true, and not shared yet"
    assert opened(reader, wanted, consent) == b"wanted still"

    (doubtful,) = reader.records.received.unproven(issuer=after.identity)
    assert doubtful.manifest.record == forged.record
    assert doubtful.brought_by == hospital.account.signer
    assert reader.records.received.unproven(issuer=reader.identity) == ()
    reader.records.received.drop(doubtful.manifest.record_id)
    assert reader.records.received.unproven() == ()
    with pytest.raises(MissingRecord):
        opened(reader, forged, consent)

    new = after.records.add(b"new", patient=exchange.patient, about=NOTE).records[0].manifest
    after.records.share(consent, purpose="TREAT")
    reader.records.collect()
    assert opened(reader, new, consent) == b"new"
    assert reader.records.received.unproven() == ()


def test_a_true_record_that_was_dropped_comes_again(theft: Theft) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    manifest = exchange.add(b"true")
    exchange.custodian.records.share(consent, purpose="TREAT")
    (received,) = reader.records.collect()
    assert [each.id for each in reader.records.received] == [received.id]
    (doubtful,) = reader.records.received.unproven()
    assert (doubtful.manifest, doubtful.reason) == (manifest, "no receipt came along")
    reader.records.received.drop(received)
    with pytest.raises(MissingRecord):
        reader.records.received.drop(received)
    with pytest.raises(MissingRecord):
        reader.records.received.drop(manifest.record_id)
    with pytest.raises(ConsentNotInForce):
        reader.records.open(manifest, under=consent, purpose="TREAT")
    exchange.custodian.records.resend()
    reader.records.collect()
    assert opened(reader, manifest, consent) == b"true"
    assert reader.records.received.unproven() == ()


def test_an_id_of_several_issuers_is_dropped_for_the_one_that_is_named(theft: Theft) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    true = exchange.add(b"true")
    exchange.custodian.records.share(consent, purpose="TREAT")
    account = Account.create()
    fund(exchange.custodian.chain, account.address, payer=PAYER)
    chain = exchange.custodian.chain
    other = participant(chain, account, storage=exchange.storage, inbox=True)
    patient = Account.create()
    proposed = other.consents.propose(patient.identity, reader.identity, TREATMENT)
    theirs = Theft(
        Exchange(other, reader, patient, exchange.storage),
        other.consents.sign(proposed, by=patient),
    )
    theirs.write(replace(true, issuer=other.identity), true.record, b"another's")
    reader.records.collect()
    with pytest.raises(InputError, match="several issuers"):
        reader.records.received.drop(true.record_id)
    reader.records.received.drop("0x" + true.record_id.upper(), issuer=other.identity)
    assert opened(reader, true, consent) == b"true"


def test_what_contradicts_what_is_held_waits_and_goes_with_its_week(
    theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, consent, reader = theft.exchange, theft.consent, theft.exchange.grantee
    true = exchange.add(b"true")
    theft.write(true, true.record, b"squatted")
    reader.records.collect()
    exchange.custodian.records.share(consent, purpose="TREAT")
    stray = Pointer(exchange.add(b"without its key").to_document())
    theft.post(PARCEL, Parcel((), (stray,)).to_bytes())
    came = reader.records.collect()
    assert {type(each) for each in came.problems} == {ForkedManifest, MissingKey}
    assert (len(came.waiting), came.refused) == (2, ())
    reader.records.discard(came, refused=True, unknown=True, unjudged=True)
    assert len(reader.records.collect().waiting) == 2
    monkeypatch.setattr("salus.records.collecting.UNJUDGED_FOR", 0.0)
    reader.records.discard(came, unjudged=True)
    assert reader.records.collect().waiting == ()
    assert receiving.UNJUDGED_FOR > 0

"""Where a received record lies is its issuer's to say: by who controls it now, and by no clock."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from tests.support.exchange import NOTE, TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.errors import InputError
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.testing import fund, participant
from salus.vault.crypto.cid import content_id
from salus.vault.crypto.commitments import commit_key
from salus.vault.crypto.envelope import encrypt
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import ForkedManifest

TRUE, FALSE = b"potassium 4.1", b"potassium 9.9"
PAYER = development_account(8)
HIGHEST = (1 << 53) - 1


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, PAYER)


def post(sender: Salus, to: Salus, kind: str, body: bytes) -> None:
    inbox, document = sender.mail.directory.find(to.identity)
    sender.mail.post(inbox, kind, body, document)


def elsewhere(exchange: Exchange, manifest: Manifest, salt: bytes) -> tuple[Manifest, GivenKey]:
    """The same record in a place of somebody's own, with other content and the true key id."""
    key = os.urandom(32)
    blob = b"".join(map(bytes, encrypt([FALSE], key=key, associated_data=manifest.associated_data)))
    exchange.storage.put("blobs/" + content_id([blob]), blob)
    place = replace(
        manifest.blob,
        content_id=content_id([blob]),
        key_commitment=commit_key(key),
        generation=HIGHEST,
    )
    return replace(manifest, blob=place), GivenKey("record", place.key_id, key + salt)


def shared(exchange: Exchange, content: bytes = TRUE) -> tuple[Manifest, SignedConsent, RecordKey]:
    manifest, signed = exchange.add(content), exchange.consent()
    exchange.custodian.records.share(signed, purpose="TREAT")
    exchange.grantee.records.collect()
    ring = exchange.grantee.vault.keyring
    return manifest, signed, ring.record_key(manifest.issuer, manifest.record, 1)


def shown(sender: Salus, to: Salus) -> tuple[Account, str]:
    """A consent of a patient whom the sender made up."""
    puppet = Account.create()
    consent = sender.consents.propose(puppet.identity, to.identity, TREATMENT)
    signed = sender.consents.sign(consent, by=puppet, keep=False)
    post(sender, to, TERMS, signed.to_json().encode())
    return puppet, "0x" + consent.id.hex()


def read(reader: Salus, record: Manifest | str, under: SignedConsent) -> bytes:
    opened = reader.records.read(record, under=under, purpose="TREAT")
    part = opened.read_range(0, len(TRUE))
    assert opened.read() == part
    return part


def test_the_issuer_s_place_replaces_that_of_who_passed_the_record_on(
    exchange: Exchange, chain: Chain
) -> None:
    manifest, _, key = shared(exchange)
    account = Account.create()
    fund(chain, account.address, payer=PAYER)
    third = participant(chain, account, storage=exchange.storage, inbox=True)
    moved, given = elsewhere(exchange, manifest, key.salt)
    pointer = Pointer(
        moved.to_document(), receipt=exchange.custodian.records.receipt(manifest).to_json()
    )
    _, consent = shown(exchange.grantee, third)
    passed_on = Parcel((given,), (pointer,), consent).to_bytes()
    post(exchange.grantee, third, PARCEL, passed_on)
    assert third.records.collect().manifests == (moved,)

    issuer = exchange.custodian
    proposed = issuer.consents.propose(exchange.patient.identity, third.identity, TREATMENT)
    signed = issuer.consents.sign(proposed, by=exchange.patient)
    issuer.records.share(signed, purpose="TREAT")
    assert not third.records.collect().problems
    assert read(third, manifest, signed) == TRUE
    post(exchange.grantee, third, PARCEL, passed_on)
    third.records.collect()
    assert read(third, manifest, signed) == TRUE


def test_what_a_stolen_account_said_is_outranked_once_the_identity_is_in_other_hands(
    exchange: Exchange, chain: Chain
) -> None:
    manifest, signed, key = shared(exchange)
    moved, given = elsewhere(exchange, manifest, key.salt)
    parcel = Parcel((given,), (Pointer(moved.to_document()),), "0x" + signed.consent.id.hex())
    hospital, reader = exchange.custodian, exchange.grantee
    post(hospital, reader, PARCEL, parcel.to_bytes())
    reader.records.collect()
    assert reader.vault.where_it_lies(manifest) == moved

    account = Account.create()
    fund(chain, account.address, payer=PAYER)
    hospital.identities.control.rotate(hospital.identity, account.address)
    recovered = Salus(chain, account=account, vault=hospital.vault, identity=hospital.identity)
    recovered.records.resend()
    reader.records.collect()
    assert read(reader, manifest, signed) == TRUE
    reader.records.collect()  # the thief's letter still lies there
    assert read(reader, manifest, signed) == TRUE


def test_a_reader_follows_each_re_encryption_whatever_the_clock_says(exchange: Exchange) -> None:
    manifest, signed, _ = shared(exchange)
    for generation in (1, 2):
        (again,) = exchange.custodian.vault.upkeep.rekey().versions
        assert again.blob.generation == generation
        exchange.custodian.records.share(signed, purpose="TREAT")
        exchange.grantee.records.collect()  # the letters of before still lie there
        assert exchange.grantee.vault.where_it_lies(manifest) == again
        assert read(exchange.grantee, manifest, signed) == TRUE


def test_a_manifest_that_is_not_the_one_held_opens_nothing(exchange: Exchange) -> None:
    """Its place could name a record that came under a consent that stands."""
    first, ended, _ = shared(exchange)
    exchange.custodian.records.revoke(ended.consent, by=exchange.patient)
    patient = Account.create()
    second = exchange.add(b"another's", patient=patient)
    stands = exchange.consent(patient=patient)
    exchange.custodian.records.share(stands, purpose="TREAT")
    exchange.grantee.records.collect()
    place = replace(first.blob, key_id=second.blob.key_id)
    other = replace(first, created_at=first.created_at + 1, blob=place)
    with pytest.raises(ForkedManifest):
        exchange.grantee.records.open(other, under=stands, purpose="TREAT")


def test_a_stranger_s_record_of_the_same_id_keeps_nobody_from_opening_by_id(
    exchange: Exchange, chain: Chain
) -> None:
    manifest, signed, _ = shared(exchange)
    stranger, reader = Exchange.set_up(chain, PAYER).custodian, exchange.grantee
    puppet, consent = shown(stranger, reader)
    added = stranger.records.add(b"mine", patient=puppet.identity, about=NOTE)
    own = added.records[0].manifest
    key = stranger.vault.keyring.record_key(own.issuer, own.record, 1)
    given = GivenKey("record", own.blob.key_id, key.secret)
    pointer = Pointer(replace(own, record=manifest.record).to_document())
    post(stranger, reader, PARCEL, Parcel((given,), (pointer,), consent).to_bytes())
    assert reader.records.collect().manifests
    assert read(reader, manifest.record_id, signed) == TRUE
    with pytest.raises(InputError, match=own.issuer):
        reader.records.open(manifest.record_id, purpose="TREAT")

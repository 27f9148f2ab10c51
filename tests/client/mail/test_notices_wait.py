"""A notice of erasure has its effect, whenever its sender may bring records: it is never lost."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.terms import Effect, Rule, Terms
from salus.testing import advance, fund, local_salus, participant
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.errors import MissingKey, RecordErased
from salus_verify.encoding import hex0x

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
DAY = 24 * 3600


class Scene:
    """A hospital whose storage keeps what it was told to delete, and a reader who looks late."""

    def __init__(self) -> None:
        self.chain: Chain = local_salus().chain
        self.exchange = Exchange.set_up(self.chain, development_account(0))
        self.hospital, self.reader = self.exchange.custodian, self.exchange.grantee
        self.record = self.exchange.add(b"to be erased")

    def signed(self, seconds: int, *, to: Salus | None = None) -> SignedConsent:
        consents, patient = self.hospital.consents, self.exchange.patient
        grantee = (to or self.reader).account.identity
        consent = consents.propose(patient.identity, grantee, WIDE)
        return consents.sign(consent, by=patient, deadline=self.chain.now() + seconds)

    def erase(self) -> None:
        blob = self.exchange.storage.blobs[self.record.blob.name]
        assert self.hospital.records.erase(self.record.record_id).untold == ()
        self.exchange.storage.blobs[self.record.blob.name] = blob

    def opens(self, reader: Salus, manifest: Manifest) -> bytes:
        return reader.vault.open(manifest).read()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_notice_counts_although_its_sender_s_consent_lapsed_before_it_was_read(
    scene: Scene,
) -> None:
    short = scene.signed(300)
    stays = scene.exchange.add(b"stays")
    scene.hospital.records.share(short, purpose="TREAT")
    advance(scene.chain, 3600)
    scene.erase()
    came = scene.reader.records.collect()
    assert (came.manifests, came.erased, came.taken) == ((), (), ())
    assert scene.reader.records.discard(came) == 0

    until = scene.chain.now() + DAY
    again = scene.hospital.consents.sign(short.consent, by=scene.exchange.patient, deadline=until)
    scene.hospital.records.share(again, purpose="TREAT")
    came = scene.reader.records.collect()
    assert {each.record for each in came.manifests} == {stays.record}
    with pytest.raises(RecordErased):
        scene.opens(scene.reader, scene.record)
    assert scene.reader.records.open(stays, under=again, purpose="TREAT") == b"stays"
    scene.reader.records.discard(came)
    assert scene.reader.records.collect() == type(came)()


@pytest.mark.parametrize("notice_first", [False, True], ids=["later", "before"])
def test_a_notice_of_who_shared_nothing_ends_what_another_passed_on(
    scene: Scene, notice_first: bool
) -> None:
    """The record came from a clinic; its issuer shared with that one alone."""
    account = Account.create()
    fund(scene.chain, account.address, payer=development_account(0))
    third = participant(scene.chain, account, storage=scene.exchange.storage, inbox=True)
    scene.hospital.records.share(scene.signed(DAY), purpose="TREAT")
    scene.reader.records.collect()
    onward = scene.signed(DAY, to=third)
    shown = hex0x(onward.consent.id)
    (parcel,) = _passed_on(scene, shown)
    notice = scene.hospital.vault.erase
    passed = [(TERMS, onward.to_json().encode()), (PARCEL, parcel)]
    told = [("erasure", ErasureNotice.of(notice(scene.record.record_id, erased_at=1)).to_bytes())]
    for now in (told, passed) if notice_first else (passed, told):
        for kind, body in now:
            _post(scene.hospital if kind == "erasure" else scene.reader, third, kind, body)
        third.records.collect()
    third.records.collect()
    with pytest.raises((RecordErased, MissingKey)):
        scene.opens(third, scene.record)
    assert third.vault.database.records.all(scene.hospital.account.identity) == []


def _passed_on(scene: Scene, consent: str) -> list[bytes]:
    """What the clinic's own software makes of a record that it received."""
    vault, record = scene.reader.vault, scene.record
    key = vault.keyring.record_key(record.issuer, record.record, record.version)
    (held,) = vault.received()
    receipt = scene.hospital.records.receipt(record).to_json()
    pointer = Pointer(held.to_document(), receipt=receipt)
    given = GivenKey("record", key.key_id, key.secret)
    return [Parcel((given,), (pointer,), consent).to_bytes()]


def _post(sender: Salus, to: Salus, kind: str, body: bytes) -> None:
    inbox, document = sender.mail.directory.find(to.account.identity)
    sender.mail.post(inbox, kind, body, document)

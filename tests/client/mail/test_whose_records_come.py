"""A record counts as its issuer's by the issuer's letter, or by a proof in the issuer's log."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.errors import SalusError
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.errors import MissingKey, UnprovenRecord
from salus_verify.errors import ReceiptMismatch


@dataclass
class Passing:
    """A clinic that received a record passes it on to a third party, under a consent of its own."""

    exchange: Exchange
    third: Salus
    manifest: Manifest
    consent: str

    @classmethod
    def set_up(cls, chain: Chain) -> Passing:
        exchange = Exchange.set_up(chain, development_account(8))
        third = Exchange.set_up(chain, development_account(8)).grantee
        manifest = exchange.add(b"note")
        exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
        exchange.grantee.records.collect()
        consents, patient = exchange.custodian.consents, exchange.patient
        onward = consents.propose(patient.identity, third.identity, TREATMENT)
        made = cls(exchange, third, manifest, "0x" + onward.id.hex())
        made.post(TERMS, consents.sign(onward, by=patient).to_json().encode())
        return made

    def post(self, kind: str, body: bytes) -> None:
        clinic = self.exchange.grantee
        inbox, document = clinic.mail.directory.find(self.third.identity)
        clinic.mail.post(inbox, kind, body, document)

    def pass_on(self, receipt: bytes = b"", *, manifest: Manifest | None = None) -> None:
        vault, known = self.exchange.grantee.vault, self.manifest
        key = vault.keyring.record_key(known.issuer, known.record, known.version)
        pointer = Pointer((manifest or known).to_document(), receipt=receipt)
        given = GivenKey("record", key.key_id, key.secret)
        self.post(PARCEL, Parcel((given,), (pointer,), self.consent).to_bytes())

    def refusal(self) -> SalusError:
        came = self.third.records.collect()
        assert came.manifests == ()
        (problem,) = came.problems
        return problem


@pytest.fixture
def passing(chain: Chain) -> Passing:
    return Passing.set_up(chain)


def test_a_record_that_is_passed_on_comes_in_with_its_issuer_s_receipt(passing: Passing) -> None:
    passing.pass_on(passing.exchange.custodian.records.receipt(passing.manifest).to_json())
    came = passing.third.records.collect()
    assert (came.manifests, came.problems) == ((passing.manifest,), ())


def test_a_record_that_is_passed_on_without_a_receipt_does_not(passing: Passing) -> None:
    passing.pass_on()
    problem = passing.refusal()
    assert isinstance(problem, UnprovenRecord)
    assert "ask" in str(problem)


def test_a_record_whose_author_is_made_up_does_not(passing: Passing) -> None:
    """The clinic writes a record and says that it is the hospital's."""
    clinic, hospital = passing.exchange.grantee, passing.exchange.custodian
    own = clinic.records.add(
        b"forged",
        patient=passing.exchange.patient.identity,
        about=_facts(),
    ).records[0]
    forged = dataclasses.replace(own.manifest, issuer=hospital.identity)
    key = clinic.vault.keyring.record_key(clinic.vault.identity, own.manifest.record, 1)
    for receipt in (
        hospital.records.receipt(passing.manifest).to_json(),
        clinic.records.receipt(own.manifest).to_json(),
    ):
        given = GivenKey("record", key.key_id, key.secret)
        pointer = Pointer(forged.to_document(), receipt=receipt)
        passing.post(PARCEL, Parcel((given,), (pointer,), passing.consent).to_bytes())
    came = passing.third.records.collect()
    assert came.manifests == ()
    assert [type(each) for each in came.problems] == [ReceiptMismatch, ReceiptMismatch]


def test_a_record_that_its_issuer_never_anchored_does_not(passing: Passing) -> None:
    """Its receipt shows a checkpoint that nobody ever anchored."""
    receipt = passing.exchange.custodian.records.receipt(passing.manifest)
    made_up = dataclasses.replace(receipt.checkpoint, root=receipt.opening.leaf())
    passing.pass_on(dataclasses.replace(receipt, checkpoint=made_up, path=()).to_json())
    assert passing.refusal() is not None


def test_what_a_record_says_of_itself_cannot_be_changed_on_the_way(passing: Passing) -> None:
    receipt = passing.exchange.custodian.records.receipt(passing.manifest).to_json()
    passing.pass_on(receipt, manifest=dataclasses.replace(passing.manifest, created_at=1))
    assert isinstance(passing.refusal(), ReceiptMismatch)


def test_the_issuer_s_letter_is_enough_for_what_is_not_anchored_yet(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    custodian, patient = exchange.custodian, exchange.patient.identity
    exchange.add(b"anchored")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(custodian.records.adding, "_anchor", _unplugged)
        with pytest.raises(MissingKey):
            custodian.records.add(b"not anchored", patient=patient, about=_facts())
    custodian.records.share(exchange.consent(), purpose="TREAT")
    assert len(exchange.grantee.records.collect().manifests) >= 1


def test_what_came_before_a_rotation_stays_readable(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    exchange.add(b"note")
    consent = exchange.consent()
    custodian, grantee = exchange.custodian, exchange.grantee
    custodian.records.share(consent, purpose="TREAT")
    (manifest,) = grantee.records.collect().manifests
    custodian.identities.control.rotate(custodian.identity, Account.create().address)
    assert grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"
    assert grantee.records.check().sound


def _unplugged(*_: object) -> None:
    raise MissingKey("the node")


def _facts():  # type: ignore[no-untyped-def]
    from salus.terms import ResourceFacts

    return ResourceFacts(resource_class="DocumentReference")

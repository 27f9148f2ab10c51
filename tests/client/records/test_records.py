"""A custodian's records: added whole or not at all, anchored, versioned, proven, erased."""

from __future__ import annotations

import pytest
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import TransactionRefused
from salus.demo.samples import bundle_bytes
from salus.errors import InputError
from salus.fhir.bundle import resources as resources_in
from salus.fhir.errors import DuplicateKey, NotFhir
from salus.primitives.errors import StorageFull
from salus.receipts import verify_receipt
from salus.records.proving import RECORDS_STREAM
from salus.testing import FullStorage, Unreliable, participant
from salus.vault.documents.erasure_notice import statement_of
from salus.vault.errors import MissingRecord, RecordErased, TamperedBlob
from salus_verify.assurance import Assurance
from salus_verify.erasure_receipt import ERASURES_STREAM


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def custodian(exchange: Exchange) -> Salus:
    return exchange.custodian


@pytest.fixture
def patient(exchange: Exchange) -> Account:
    return exchange.patient


def head(client: Salus, stream: str = RECORDS_STREAM) -> bytes:
    return client.anchors.history.head_id(client.account.identity, stream)


# Adding ------------------------------------------------------------------------------------------


def test_stores_one_record_a_resource_and_anchors_all_at_once(
    custodian: Salus, patient: Account
) -> None:
    told: list[int] = []
    added = custodian.records.add_bundle(
        bundle_bytes(), patient=patient.identity, progress=told.append
    )
    resources = list(resources_in(bundle_bytes()))
    assert len(added.records) == len(resources) == added.anchored.checkpoint.size
    assert head(custodian) == added.anchored.checkpoint.id
    assert told == list(range(1, len(resources) + 1))
    assert added.anchored.checkpoint.parent == bytes(32)
    for record, resource in zip(added.records, resources, strict=True):
        assert custodian.records.open(record.manifest) == resource.data


def test_keeps_the_exact_bytes(custodian: Salus, patient: Account) -> None:
    odd = (
        b'{ "resourceType" : "Observation", "status":"final",\n "code":{"text":"\\u00e9 12500.00"},'
        b' "subject": {"reference":"Patient/p"}}'
    )
    added = custodian.records.add_bundle(odd, patient=patient.identity)
    assert custodian.records.open(added.records[0].manifest) == odd


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", InputError),
        (b"{", InputError),
        (b'{"resourceType":"Patient","resourceType":"Patient"}', DuplicateKey),
        (b'{"name":"no resource"}', NotFhir),
        (b'{"resourceType":"Bundle","type":"collection","entry":[]}', InputError),
        (
            b'{"resourceType":"Bundle","type":"collection","entry":['
            b'{"resource":{"resourceType":"Patient"}},{"resource":{"a":1}}]}',
            NotFhir,
        ),
    ],
)
def test_refuses_bad_input_before_anything_is_stored(
    exchange: Exchange, data: bytes, error: type[Exception]
) -> None:
    before = dict(exchange.storage.blobs)
    with pytest.raises(error):
        exchange.custodian.records.add_bundle(data, patient=exchange.patient.identity)
    assert exchange.storage.blobs == before
    assert head(exchange.custodian) == bytes(32)


def test_refuses_a_bundle_about_two_patients(custodian: Salus, patient: Account) -> None:
    """Under one identity, one patient's consent would open the other's records."""
    two = b"\n".join(
        b'{"resourceType":"Condition","subject":{"reference":"Patient/%d"}}' % number
        for number in (1, 2)
    )
    with pytest.raises(InputError, match="about 2 patients"):
        custodian.records.add_bundle(two, patient=patient.identity)
    assert custodian.vault.manifests() == []


def test_refuses_a_patient_that_is_no_address(custodian: Salus) -> None:
    with pytest.raises(InputError, match="not an address"):
        custodian.records.add_bundle(bundle_bytes(), patient="Maren")
    assert custodian.vault.manifests() == []


def test_a_full_disk_takes_back_what_was_stored_of_a_bundle(chain: Chain, patient: Account) -> None:
    storage = FullStorage(room=6_000)
    client = participant(chain, development_account(5), storage=storage)
    with pytest.raises(StorageFull):
        client.records.add_bundle(bundle_bytes(), patient=patient.identity)
    assert client.vault.manifests() == []
    assert list(storage.list()) == []
    assert client.records.anchor_pending() is None

    storage.room = 10**6
    assert len(client.records.add_bundle(bundle_bytes(), patient=patient.identity).records) == 12


def test_what_the_log_holds_outlives_a_refusal_by_the_chain(
    custodian: Salus, patient: Account
) -> None:
    """Its leaf goes along with the next checkpoint, whoever makes it: the record must be there."""
    from salus.contracts.signed_acts import NotController

    me, other = custodian.account.identity, Account.create()

    def rotate_midway(done: int) -> None:
        if done == 1:
            custodian.identities.control.rotate(me, other.identity)

    with pytest.raises(NotController) as refused:
        custodian.records.add_bundle(
            bundle_bytes(), patient=patient.identity, progress=rotate_midway
        )
    assert "12 records are stored" in refused.value.__notes__[-1]
    manifest = custodian.vault.manifests()[0]

    custodian.identities.control.rotate(me, me, by=other)
    assert custodian.records.anchor_pending() is not None
    document = custodian.records.open(manifest)
    receipt = custodian.records.receipt(manifest)
    assert verify_receipt(receipt, document=document).document_checked


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError, TransactionRefused])
def test_no_end_of_an_addition_destroys_a_record_whose_leaf_is_anchored(
    custodian: Salus, patient: Account, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    watcher = custodian.chain.sender._watcher
    wait = watcher.wait

    def cut(transaction: str, **options: object) -> None:
        wait(transaction)  # it is mined
        if end is TransactionRefused:
            raise TransactionRefused(address="", reason="internal mishap")
        raise end

    monkeypatch.setattr(watcher, "wait", cut)
    with pytest.raises(end):
        custodian.records.add(b"note", patient=patient.identity, about=NOTE)
    monkeypatch.undo()
    (manifest,) = custodian.vault.manifests()
    again = custodian.records.add(b"note", patient=patient.identity, about=NOTE, resume=True)
    assert again.resumed == 1
    receipt = custodian.records.receipt(manifest)
    assert verify_receipt(receipt, document=b"note").document_checked


def test_a_node_that_dies_keeps_the_records_for_later(exchange: Exchange, patient: Account) -> None:
    """Whether a transaction was mined is not known then: to take records back would be wrong."""
    node = Unreliable(exchange.custodian.chain.rpc)
    chain = Chain(node, network="tester", deployment=exchange.custodian.chain.deployment)
    client = participant(chain, exchange.custodian.account)
    node.down = {"eth_sendRawTransaction"}
    with pytest.raises(ChainUnreachable) as failed:
        client.records.add(b"note", patient=patient.identity, about=NOTE)
    assert "records.anchor_pending()" in failed.value.__notes__[-1]
    node.down = set()

    (manifest,) = client.vault.manifests()
    with pytest.raises(InputError, match="anchor"):
        client.records.receipt(manifest)
    assert client.records.anchor_pending() is not None
    assert verify_receipt(client.records.receipt(manifest), document=b"note").document_checked


def test_records_stored_before_a_crash_are_found_and_anchored(
    custodian: Salus, patient: Account
) -> None:
    """Killed between the vault and the log: only the vault knows of the record."""
    from salus.records.facts import compartment_of

    lost = custodian.vault.add(
        b"lost",
        compartment=compartment_of(patient.identity, NOTE),
        media_type="text/plain",
        created_at=custodian.chain.now(),
    )
    found = custodian.records.anchor_pending()

    assert found is not None
    assert found.checkpoint.size == 1
    assert custodian.records.anchor_pending() is None
    receipt = custodian.records.receipt(lost.manifest)
    assert verify_receipt(receipt, document=b"lost").document_checked


# Other kinds, versions ---------------------------------------------------------------------------


def test_keeps_records_of_any_kind(custodian: Salus, patient: Account) -> None:
    image = bytes(range(256)) * 1000
    added = custodian.records.add(
        image, patient=patient.identity, about=NOTE, media_type="image/png"
    )
    assert custodian.records.open(added.records[0].manifest) == image


def test_needs_to_be_told_about_records_that_do_not_say_themselves(
    custodian: Salus, patient: Account
) -> None:
    with pytest.raises(InputError, match="needs `about=`"):
        custodian.records.add(b"pixels", patient=patient.identity, media_type="image/png")
    condition = b'{"resourceType":"Condition","subject":{"reference":"Patient/p"}}'
    added = custodian.records.add(
        condition, patient=patient.identity, media_type="application/fhir+json"
    )
    assert custodian.records.open(added.records[0].manifest) == condition


def test_a_new_version_follows_the_old_one(custodian: Salus, patient: Account) -> None:
    first = custodian.records.add(b"one", patient=patient.identity, about=NOTE).records[0]
    record = first.manifest.record_id
    second = custodian.records.add(
        b"two", patient=patient.identity, about=NOTE, record=record
    ).records[0]
    assert (second.manifest.version, second.manifest.previous) == (2, first.manifest.digest)
    assert custodian.records.open(first.manifest) == b"one"
    with pytest.raises(MissingRecord):
        custodian.records.add(b"x", patient=patient.identity, about=NOTE, record="ab" * 16)


def test_notices_a_flipped_bit(exchange: Exchange) -> None:
    manifest = exchange.add(b"note")
    blob = exchange.storage.blobs[manifest.blob.name]
    exchange.storage.blobs[manifest.blob.name] = blob[:-1] + bytes([blob[-1] ^ 1])
    with pytest.raises(TamperedBlob):
        exchange.custodian.records.open(manifest)


# Receipts ----------------------------------------------------------------------------------------


def test_a_receipt_names_the_block_that_first_anchored_the_record(
    custodian: Salus, patient: Account
) -> None:
    added = custodian.records.add(b"one", patient=patient.identity, about=NOTE)
    custodian.records.add(b"two", patient=patient.identity, about=NOTE)
    receipt = custodian.records.receipt(added.records[0].manifest)
    found = verify_receipt(receipt, document=b"one", block_hash=receipt.block_hash)
    # This node serves no storage proofs: then the newest block is named.
    assert found.assurance is Assurance.NAMED
    assert receipt.checkpoint.size == 2
    assert receipt.block_number == custodian.chain.block().number


def test_no_receipt_for_a_record_of_somebody_else(exchange: Exchange) -> None:
    manifest = exchange.add(b"note")
    with pytest.raises(Exception, match="no key"):
        exchange.grantee.records.receipt(manifest)


# Erasure -----------------------------------------------------------------------------------------


def test_erasure_destroys_and_leaves_a_signed_anchored_report(exchange: Exchange) -> None:
    from salus.mail.directory import verifier

    custodian = exchange.custodian
    manifest = exchange.add(b"note")
    receipt = custodian.records.receipt(manifest)

    erased = custodian.records.erase(manifest.record_id)

    assert manifest.blob.name not in exchange.storage.blobs
    with pytest.raises(RecordErased):
        custodian.records.open(manifest)
    with pytest.raises(RecordErased):
        custodian.records.receipt(manifest)
    assert erased.report.complete
    assert erased.report.versions[0][2] == receipt.opening.leaf()
    erased.signed.check("the report", statement_of(erased.report), verifier(custodian.chain))
    exchange.grantee.anchors.proofs.verify(erased.inclusion)
    assert erased.inclusion.leaf == erased.report.digest
    # What was proven before stays proven: the leaf is on chain permanently, and opens nothing.
    assert verify_receipt(receipt).assurance is Assurance.NAMED


def test_erasing_again_reports_the_same(exchange: Exchange) -> None:
    manifest = exchange.add(b"note")
    first = exchange.custodian.records.erase(manifest.record_id)
    before = head(exchange.custodian, ERASURES_STREAM)
    again = exchange.custodian.records.erase(manifest.record_id)
    assert again.report == first.report
    assert head(exchange.custodian, ERASURES_STREAM) == before


def test_there_is_nothing_to_erase_of_an_unknown_record(custodian: Salus) -> None:
    with pytest.raises(MissingRecord):
        custodian.records.erase("ab" * 16)
    with pytest.raises(InputError):
        custodian.records.erase("not an id")

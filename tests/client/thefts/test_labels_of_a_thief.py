"""Labels that a thief gave a true record: the issuer's own stand once its account is replaced."""

from __future__ import annotations

import pytest
from tests.client.thefts.test_forged_records import PAYER, Theft, rotated
from tests.support.exchange import Exchange

from salus.anchors.store import LogStore
from salus.chain import Chain
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer

TRUE = RecordFacts(resource_class="DocumentReference")
STRICTER = RecordFacts(
    resource_class="DocumentReference", sensitivities=frozenset({"HIV"}), confidentiality="V"
)
OTHER = RecordFacts(resource_class="Immunization")


@pytest.fixture
def theft(chain: Chain) -> Theft:
    exchange = Exchange.set_up(chain, PAYER)
    return Theft(exchange, exchange.consent())


def relabel(theft: Theft, manifest: Manifest, facts: RecordFacts) -> None:
    """The thief, who reads the record, sends it on with labels of its own."""
    ring = theft.exchange.custodian.vault.keyring
    key = ring.key_in_store(manifest.issuer, manifest.record, manifest.version)
    given = GivenKey("record", manifest.blob.key_id, key.secret)
    pointer = Pointer(manifest.to_document(), facts=facts)
    theft.post(TERMS, theft.consent.to_json().encode())
    consent = f"0x{theft.consent.consent.id.hex()}"
    theft.post(PARCEL, Parcel((given,), (pointer,), consent).to_bytes())


@pytest.mark.parametrize("facts", [STRICTER, OTHER], ids=["more labels", "another class"])
@pytest.mark.parametrize("proven", [True, False])
def test_what_the_new_account_says_stands_instead(
    theft: Theft, facts: RecordFacts, *, proven: bool
) -> None:
    reader, hospital = theft.exchange.grantee, theft.exchange.custodian
    manifest = theft.exchange.add(b"true")
    relabel(theft, manifest, facts)
    reader.records.collect()
    said = reader.vault.keyring.received
    where = (manifest.issuer, manifest.record, manifest.version)
    assert said.facts(*where) == facts

    if not proven:
        hospital.anchors._logs = LogStore.open("memory:", chain_id=hospital.chain.chain_id)
    after = rotated(hospital)
    after.records.share(theft.consent, purpose="TREAT")
    assert reader.records.collect().problems == ()
    assert said.facts(*where) == TRUE
    after.records.resend()
    reader.records.collect()
    assert said.facts(*where) == TRUE


def test_the_same_account_adds_labels_and_takes_none_away(theft: Theft) -> None:
    reader = theft.exchange.grantee
    manifest = theft.exchange.add(b"true")
    relabel(theft, manifest, STRICTER)
    theft.exchange.custodian.records.share(theft.consent, purpose="TREAT", receipts=True)
    reader.records.collect()
    facts = reader.vault.keyring.received.facts(manifest.issuer, manifest.record, manifest.version)
    assert facts == STRICTER

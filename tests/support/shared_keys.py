"""Keys and records as issuers, and those who pass them on, send them."""

from __future__ import annotations

from typing import Any

from tests.unit.conftest import NOW, PATIENT, Person

from salus.vault import Compartment, Vault
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.record_keys import Plan, RecordKey
from salus.vault.versions.adding import Added
from salus_verify.errors import ReceiptMismatch
from salus_verify.opening import Opening

FIRST, SECOND = "0x" + "01" * 32, "0x" + "02" * 32


LABS = Compartment(patient=PATIENT, resource_class="Observation.laboratory", period="2026")


def add(vault: Vault, by: Person, content: bytes = b"result", **options: Any) -> Added:
    return vault.add(
        content,
        compartment=options.pop("compartment", LABS),
        media_type="text/plain",
        created_at=NOW,
        **options,
    )


def everything(vault: Vault) -> Plan:
    return vault.keyring.plan(covers=lambda _: True, permits=lambda _: True)


def parcels_of(vault: Vault, to: Person, consent: str) -> list[Parcel]:
    """All that a grant of whole compartments sends."""
    plan = everything(vault)
    keys = vault.readers.share(plan, to.keys.document, consent=consent)
    return [*keys, *(each for key in plan.compartments for each in vault.readers.pointers(key))]


def passed_on(added: Added, key: RecordKey, *, receipt: bytes = b"") -> Parcel:
    """Somebody's record, from somebody else who has its key."""
    given = GivenKey("record", key.key_id, key.secret)
    pointer = Pointer(added.manifest.to_document(), receipt=receipt)
    return Parcel((given,), (pointer,), FIRST)


def in_log(issuer: str, opening: Opening, receipt: bytes) -> None:
    """Stands for a node: here a receipt is the leaf and its issuer."""
    if receipt != opening.leaf() + issuer.encode():
        raise ReceiptMismatch("not in the issuer's log")

"""One record handed to one reader, without any consent terms."""

from __future__ import annotations

from salus.vault import Vault
from salus.vault.documents.parcels import Parcel
from salus.vault.documents.record_keys import Plan
from salus.vault.keys.key_documents import KeyDocument


def share_record(vault: Vault, record: str, recipient: KeyDocument, *, consent: str) -> Parcel:
    """Give the key of a record's newest version."""
    newest = vault.manifest(record)
    plan = Plan(records=((newest.record, newest.version),))
    (parcel,) = vault.readers.share(plan, recipient, consent=consent)
    return parcel

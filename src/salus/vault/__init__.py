"""Encrypted records: what goes in, who can open it, where it lies, and how it is forgotten.

No module in here knows a chain: signing and checking are given to it.

Example:
    >>> from salus.vault import Compartment, IdentityKeys
    >>> hospital = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> Compartment(patient="0x" + "cd" * 20, resource_class="Condition").confidentiality
    'N'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.vault.documents.compartments import Compartment
    from salus.vault.documents.erasure import ErasureNotice
    from salus.vault.documents.manifest import Blob, Manifest
    from salus.vault.documents.parcels import GivenKey, Parcel
    from salus.vault.documents.record_keys import CompartmentKey, Entry, Plan
    from salus.vault.documents.statements import Author, Signed, Statement, Verify
    from salus.vault.keyring.keyring import Keyring
    from salus.vault.keys.encrypted_keys import load_keys, save_keys
    from salus.vault.keys.identity_keys import IdentityKeys
    from salus.vault.keys.key_documents import KEY_ATTRIBUTE, KeyDocument
    from salus.vault.keys.key_shares import SplitKeys, recover_keys, split_keys
    from salus.vault.keys.passphrase_sources import find_passphrase, remember_passphrase
    from salus.vault.letters.contacts import Contacts, fingerprint
    from salus.vault.letters.inbox import Inbox
    from salus.vault.letters.letters import Letter
    from salus.vault.sharing.sharing import Revocation
    from salus.vault.storage.base import Storage
    from salus.vault.storage.urls import open_storage
    from salus.vault.vault import Vault
    from salus.vault.versions.adding import Added
    from salus.vault.versions.opened import OpenedRecord

__all__ = [
    "KEY_ATTRIBUTE",
    "Added",
    "Author",
    "Blob",
    "Compartment",
    "CompartmentKey",
    "Contacts",
    "Entry",
    "ErasureNotice",
    "GivenKey",
    "IdentityKeys",
    "Inbox",
    "KeyDocument",
    "Keyring",
    "Letter",
    "Manifest",
    "OpenedRecord",
    "Parcel",
    "Plan",
    "Revocation",
    "Signed",
    "SplitKeys",
    "Statement",
    "Storage",
    "Vault",
    "Verify",
    "find_passphrase",
    "fingerprint",
    "load_keys",
    "open_storage",
    "recover_keys",
    "remember_passphrase",
    "save_keys",
    "split_keys",
]

__getattr__ = door(
    __name__,
    {
        "versions.adding": "Added",
        "documents.compartments": "Compartment",
        "letters.contacts": "Contacts fingerprint",
        "documents.erasure": "ErasureNotice",
        "keys.identity_keys": "IdentityKeys",
        "letters.inbox": "Inbox",
        "keys.key_documents": "KEY_ATTRIBUTE KeyDocument",
        "keyring.keyring": "Keyring",
        "documents.record_keys": "CompartmentKey Entry Plan",
        "letters.letters": "Letter",
        "documents.manifest": "Blob Manifest",
        "versions.opened": "OpenedRecord",
        "documents.parcels": "GivenKey Parcel",
        "keys.encrypted_keys": "load_keys save_keys",
        "keys.key_shares": "SplitKeys recover_keys split_keys",
        "sharing.sharing": "Revocation",
        "documents.statements": "Author Signed Statement Verify",
        "storage.base": "Storage",
        "storage.urls": "open_storage",
        "keys.passphrase_sources": "find_passphrase remember_passphrase",
        "vault": "Vault",
    },
)

"""Encrypted records: what goes in, who can open it, where it lies, and how it is forgotten.

No module in here knows a chain: signing and checking are given to it.

Example:
    >>> from salus.vault import Compartment, IdentityKeys
    >>> hospital = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> Compartment(patient="0x" + "cd" * 20, resource_class="Condition").confidentiality
    'N'
"""

from __future__ import annotations

from salus.vault.adding import Added
from salus.vault.commitments import Opening
from salus.vault.compartments import Compartment
from salus.vault.contacts import Contacts, fingerprint
from salus.vault.erasure import Erasure, ErasureNotice
from salus.vault.identity_keys import IdentityKeys
from salus.vault.inbox import Inbox
from salus.vault.key_documents import KEY_ATTRIBUTE, KeyDocument
from salus.vault.keyring import Keyring
from salus.vault.keys import CompartmentKey, Entry, Plan
from salus.vault.letters import Letter
from salus.vault.manifest import Manifest, SignedManifest
from salus.vault.opened import OpenedRecord
from salus.vault.parcels import Parcel
from salus.vault.passphrase import load_keys, save_keys
from salus.vault.recovery import Recovery, recover_keys, split_keys
from salus.vault.sharing import Revocation
from salus.vault.statements import Author, Signed, Statement, Verify
from salus.vault.storage import Storage, open_storage
from salus.vault.unlock import find_passphrase, remember_passphrase
from salus.vault.vault import Vault
from salus.vault.wraps import Wrap

__all__ = [
    "KEY_ATTRIBUTE",
    "Added",
    "Author",
    "Compartment",
    "CompartmentKey",
    "Contacts",
    "Entry",
    "Erasure",
    "ErasureNotice",
    "IdentityKeys",
    "Inbox",
    "KeyDocument",
    "Keyring",
    "Letter",
    "Manifest",
    "OpenedRecord",
    "Opening",
    "Parcel",
    "Plan",
    "Recovery",
    "Revocation",
    "Signed",
    "SignedManifest",
    "Statement",
    "Storage",
    "Vault",
    "Verify",
    "Wrap",
    "find_passphrase",
    "fingerprint",
    "load_keys",
    "open_storage",
    "recover_keys",
    "remember_passphrase",
    "save_keys",
    "split_keys",
]

"""Encrypted records: what goes in, who can open it, where it lies, and how it is forgotten.

No module in here knows a chain: signing and checking are given to it.

Example:
    >>> from salus.vault import Compartment, IdentityKeys
    >>> hospital = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> Compartment(patient="0x" + "cd" * 20, resource_class="Condition").confidentiality
    'N'

    One's own records open with no node (`salus.open_vault`):

    >>> import os, tempfile, salus
    >>> folder, os.environ["SALUS_PASSPHRASE"] = tempfile.mkdtemp(), "correct horse"
    >>> place = {"storage": f"file://{folder}/blobs", "state": folder}
    >>> with salus.connect("tester", **place) as me:
    ...     added = me.records.add(b"a note", patient=me, about="DocumentReference")
    >>> vault = salus.open_vault(**place)
    >>> vault.open(added.records[0].manifest).read()
    b'a note'
    >>> vault.close()
    >>> del os.environ["SALUS_PASSPHRASE"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.vault.documents.compartments import Compartment
    from salus.vault.keys.encrypted_keys import load_keys, save_keys
    from salus.vault.keys.identity_keys import IdentityKeys
    from salus.vault.keys.key_documents import KeyDocument
    from salus.vault.keys.key_file import change_passphrase, create_keys, open_keys, retire_keys
    from salus.vault.keys.key_shares import recover_keys, split_keys
    from salus.vault.keys.passphrase_sources import find_passphrase, remember_passphrase
    from salus.vault.letters.contacts import fingerprint
    from salus.vault.letters.letters import Letter
    from salus.vault.vault import Vault

__all__ = [
    "Compartment",
    "IdentityKeys",
    "KeyDocument",
    "Letter",
    "Vault",
    "change_passphrase",
    "create_keys",
    "find_passphrase",
    "fingerprint",
    "load_keys",
    "open_keys",
    "recover_keys",
    "remember_passphrase",
    "retire_keys",
    "save_keys",
    "split_keys",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "documents.compartments": "Compartment",
        "letters.contacts": "fingerprint",
        "keys.identity_keys": "IdentityKeys",
        "keys.key_documents": "KeyDocument",
        "letters.letters": "Letter",
        "keys.encrypted_keys": "load_keys save_keys",
        "keys.key_file": "change_passphrase create_keys open_keys retire_keys",
        "keys.key_shares": "recover_keys split_keys",
        "keys.passphrase_sources": "find_passphrase remember_passphrase",
        "vault": "Vault",
    },
)

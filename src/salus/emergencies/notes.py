"""What a custodian of records remembers of the emergency keys that it wraps to.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-emergency", "memory:", keys=keys, chain_id=31337)
    >>> vault.emergencies.find("0x" + "cd" * 20) is None
    True
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from salus.emergencies.cards import EmergencyCard
from salus.primitives.documents import canonical, identity
from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.keystore.store import KeyStore


@dataclass(frozen=True, slots=True)
@typed
class EmergencyNote:
    """An emergency key, and which message brought it what.

    Attributes:
        card: The key, and where its messages lie.
        wraps: Ids of messages, by compartment key.
        pointers: Ids of messages, by the wrap id of a record version.
        signer: ERC-7913 bytes of who signed all of them: readers believe them while it controls
            the issuer, and not after a rotation.
    """

    card: EmergencyCard
    wraps: Mapping[bytes, str] = field(default_factory=dict)
    pointers: Mapping[bytes, str] = field(default_factory=dict)
    signer: bytes = b""

    @property
    def messages(self) -> set[str]:
        """Ids of every message that was left for this key."""
        return {*self.wraps.values(), *self.pointers.values()}


class EmergencyNotes:
    """One note for each patient, encrypted in the key store.

    Args:
        store: The key store.
        cipher: What protects it.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher) -> None:
        self._store = store
        self._cipher = cipher

    def find(self, patient: str) -> EmergencyNote | None:
        """Find a patient's emergency key.

        Args:
            patient: Whose.

        Returns:
            The note; None where there is none.

        Raises:
            WrongKey: The key store was changed.
        """
        name, about = self._names(patient)
        sealed = self._store.notes.get(name)
        if sealed is None:
            return None
        values = json.loads(self._cipher.unseal(sealed, about=about))
        wraps, pointers = (
            {bytes.fromhex(key): message for key, message in values[part].items()}
            for part in ("wraps", "pointers")
        )
        card, signer = EmergencyCard.parse(values["card"].encode()), bytes.fromhex(values["signer"])
        return EmergencyNote(card, wraps, pointers, signer)

    def keep(self, note: EmergencyNote) -> None:
        """Remember a patient's emergency key, in the place of an earlier one.

        Args:
            note: The key and its messages.
        """
        name, about = self._names(note.card.patient)
        values = {
            "card": note.card.to_bytes().decode(),
            "wraps": {key.hex(): message for key, message in note.wraps.items()},
            "pointers": {key.hex(): message for key, message in note.pointers.items()},
            "signer": note.signer.hex(),
        }
        self._store.notes.set(name, self._cipher.seal(canonical(values), about=about))

    def _names(self, patient: str) -> tuple[str, bytes]:
        """The note's name, which names nobody, and what the note is bound to."""
        tag = self._cipher.tag(b"emergency\x00" + identity(patient).encode())
        return f"emergency/{tag.hex()}", b"emergency\x00" + tag

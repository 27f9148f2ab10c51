"""What a custodian of records remembers of the emergency keys that it wraps to.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-emergency", "memory:", keys=keys, chain_id=31337)
    >>> emergency_notes(vault).find("0x" + "cd" * 20) is None
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from salus.emergencies.cards import EmergencyCard
from salus.primitives.documents import identity
from salus.primitives.values import typed
from salus.vault.keystore.notebook import Notebook
from salus.vault.vault import Vault


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
    """One note for each patient, in a sealed notebook."""

    def __init__(self, notes: Notebook) -> None:
        self._notes = notes

    def find(self, patient: str) -> EmergencyNote | None:
        """Find a patient's emergency key; None where there is none.

        Raises:
            WrongKey: The key store was changed.
        """
        values = self._notes.get(identity(patient))
        if values is None:
            return None
        wraps, pointers = (
            {bytes.fromhex(key): message for key, message in values[part].items()}
            for part in ("wraps", "pointers")
        )
        card, signer = EmergencyCard.parse(values["card"].encode()), bytes.fromhex(values["signer"])
        return EmergencyNote(card, wraps, pointers, signer)

    def keep(self, note: EmergencyNote) -> None:
        """Remember a patient's emergency key and its messages, in the place of an earlier one."""
        values = {
            "card": note.card.to_bytes().decode(),
            "wraps": {key.hex(): message for key, message in note.wraps.items()},
            "pointers": {key.hex(): message for key, message in note.pointers.items()},
            "signer": note.signer.hex(),
        }
        self._notes.put(identity(note.card.patient), values)


def emergency_notes(vault: Vault) -> EmergencyNotes:
    """Open the notes of one vault."""
    return EmergencyNotes(vault.notebook("emergencies"))

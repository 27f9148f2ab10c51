"""What a custodian of records remembers of the emergency keys that it seals to.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-emergency", "memory:", keys=keys, chain_id=31337)
    >>> emergency_notes(vault).find("0x" + "cd" * 20) is None
    True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from salus.emergencies.cards import EmergencyCard
from salus.primitives.address import Address, checked_address
from salus.primitives.values import typed
from salus.vault.database.notebook import Notebook
from salus.vault.vault import Vault


@dataclass(frozen=True, slots=True)
@typed
class EmergencyNote:
    """An emergency key, and which message brought it what.

    Attributes:
        signer: ERC-7913 bytes of who signed all of them: readers believe them while it controls
            the issuer, and not after a rotation.
    """

    card: EmergencyCard
    keys: Mapping[bytes, str] = field(default_factory=dict)
    pointers: Mapping[bytes, str] = field(default_factory=dict)
    signer: bytes = b""

    @property
    def messages(self) -> set[str]:
        """Ids of every message that was left for this key."""
        return {*self.keys.values(), *self.pointers.values()}


_POSTED, _PARTS = "posted ", ("key ", "pointer ")


class EmergencyNotes:
    """One note for each patient, and one for each thing that was left for its emergency key."""

    def __init__(self, notebook: Callable[[str], Notebook]) -> None:
        self._notebook, self._cards = notebook, notebook("emergencies")

    def find(self, patient: Address) -> EmergencyNote | None:
        """Find a patient's emergency key; None where there is none.

        Raises:
            WrongKey: The key database was changed.
        """
        who = checked_address(patient)
        values = self._cards.get(who)
        if values is None:
            return None
        posted = self._notebook(_POSTED + who).all()
        keys, pointers = (
            {
                bytes.fromhex(key.removeprefix(part)): message
                for key, message in posted.items()
                if key.startswith(part)
            }
            for part in _PARTS
        )
        card, signer = EmergencyCard.parse(values["card"].encode()), bytes.fromhex(values["signer"])
        return EmergencyNote(card, keys, pointers, signer)

    def keep(self, note: EmergencyNote) -> None:
        """Remember a patient's emergency key and its messages, in the place of an earlier one."""
        who = note.card.patient
        values = {"card": note.card.to_bytes().decode(), "signer": note.signer.hex()}
        wanted = {
            part + key.hex(): message
            for part, messages in zip(_PARTS, (note.keys, note.pointers), strict=True)
            for key, message in messages.items()
        }
        posted = self._notebook(_POSTED + who)
        with posted.transaction():
            known = posted.all()
            self._cards.put(who, values)
            for key in known.keys() - wanted.keys():
                posted.drop(key)
            for key, message in wanted.items():
                if known.get(key) != message:
                    posted.put(key, message)


def emergency_notes(vault: Vault) -> EmergencyNotes:
    """Open the notes of one vault."""
    return EmergencyNotes(vault.notebook)

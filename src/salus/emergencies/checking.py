"""Checking that whoever helps in an emergency could read what was left for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from salus.chain.signing.verifying import signer_identity
from salus.emergencies.notes import EmergencyNote, emergency_notes
from salus.errors import StorageError
from salus.primitives.address import Address
from salus.vault.letters.inbox import Inbox
from salus.vault.upkeep.checking import Finding

if TYPE_CHECKING:
    from salus.identities.client import Identities
    from salus.records.holder import Holder


class Readiness:
    """What nobody would notice before an emergency."""

    def __init__(
        self, holder: Holder, *, identities: Identities, leave_again: Callable[[Address], object]
    ) -> None:
        self._holder = holder
        self._vault = holder.vault
        self._identities = identities
        self._leave_again = leave_again

    def find(self, repair: bool) -> Iterator[Finding]:
        """List the patients for whom not all could be read; with ``repair`` it is left again."""
        patients = {key.compartment.patient for key in self._vault.keyring.compartments.all()}
        for note in map(emergency_notes(self._vault).find, sorted(patients)):
            problem = "" if note is None else self._unreadable(note)
            if note is not None and problem:
                patient = note.card.patient
                done = repair and bool(self._leave_again(patient))
                yield Finding("unreadable in emergencies", patient, problem, repaired=done)

    def _unreadable(self, note: EmergencyNote) -> str:
        """Why whoever put the emergency key together would not read all that was left for it."""
        helps = "`emergencies.keeping.seal()` leaves all of it there again"
        if not note.messages:
            return ""
        signer, whose = signer_identity(note.signer), self._holder.identity
        if signer != self._identities.control.owner(whose):
            return f"it is signed by {signer}, who does not control {whose}: {helps}"
        try:
            lost = note.messages - set(Inbox(note.card.inbox).list())
        except StorageError as problem:
            return f"{problem}: {helps}"
        return f"{len(lost)} messages are gone from {note.card.inbox}: {helps}" if lost else ""

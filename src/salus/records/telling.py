"""Passing consents on to readers, whose software asks them too.

Example:
    >>> from salus.records.telling import Telling
    >>> Telling.__name__
    'Telling'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.consents.documents import read_consent
from salus.errors import SalusError
from salus.mail.collecting import TERMS
from salus.primitives.address import Address
from salus.records.holder import RecordActs

if TYPE_CHECKING:
    from salus.consents.documents import Presented


class Telling(RecordActs):
    """What a custodian passes on to readers: the consents that name them and close something."""

    def _tell_of_consents(
        self, patient: Address, grantee: Address, *, block: int, but: Presented | None = None
    ) -> bool:
        """Send a reader what it was not told of, and tell whether there was any."""
        shown = None if but is None else but.to_json().encode()
        known = self.consulting.untold(patient, grantee, block=block)
        news = [each for each in known if each.document != shown]
        if not news:
            return False
        self.require_control()  # what another key signs is refused, and would be noted as told
        inbox, document = self.directory.find(grantee)
        for each in news:
            self._post(inbox, TERMS, each.document, document)
            self._vault.heard.tell(patient, grantee, consent=each.consent, document=each.document)
        return True

    def _tell_readers(
        self, *, block: int
    ) -> tuple[tuple[Address, ...], tuple[tuple[Address, SalusError], ...]]:
        """Tell all who ever had a key; one who cannot be reached, or judged now, stops no other."""
        told, untold = set[Address](), list[tuple[Address, SalusError]]()
        for patient, grantee in self._owed():
            try:
                if self._had_keys(patient, grantee) and self._tell_of_consents(
                    patient, grantee, block=block
                ):
                    told.add(grantee)
            except SalusError as problem:
                untold.append((grantee, problem))
        return tuple(sorted(told)), tuple(untold)

    def _owed(self) -> list[tuple[Address, Address]]:
        """The patients and readers between whom is something to tell, in force or not."""
        heard = (each for each in self._vault.heard.all() if each.closes and not each.told)
        consents = (read_consent(each.document).consent for each in heard)
        return sorted({(each.patient, each.grantee) for each in consents})

    def _had_keys(self, patient: Address, grantee: Address) -> bool:
        """Whether a reader ever had a key of a patient's records: a revocation takes none away."""
        ring, store, reader = self._vault.keyring, self._vault.keystore, grantee.lower()
        if reader == ring.owner:
            return False
        keys = ring.compartment_keys(patient.lower())
        if any(reader in store.grantees(each.key_id) for each in keys):
            return True
        rows = (row for key in keys for row in store.records(ring.owner, sealed_under=key.key_id))
        return any(reader in store.grantees(row.wrap_id) for row in rows)

"""Passing consents on to readers, whose software asks them too.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-telling")
    >>> clinic.records.telling.tell_all(block=clinic.chain.block().number)
    ((), ())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from salus.consents.documents import read_consent
from salus.errors import SalusError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.consents.documents import Presented
    from salus.mail.client import Mail
    from salus.records.consulting import Consulting
    from salus.records.holder import Holder

TERMS = "terms"
"""The kind of letters that show a consent."""

Told: TypeAlias = tuple[tuple[Address, ...], tuple[tuple[Address, SalusError], ...]]
"""Who was told, and who could not be, and why."""


class Telling:
    """What a custodian passes on to readers: the consents that name them and close something."""

    def __init__(self, holder: Holder, consulting: Consulting, mail: Mail) -> None:
        self._holder = holder
        self._consulting = consulting
        self._mail = mail

    @typed_arguments
    def heed(self, presented: Presented) -> bool:
        """Keep a consent that was handed over, ask it from now on, and pass it on to its grantee.

        Consents that this participant signed or registered, shared under, or collected are stored
        already. A deny counts only where it is known: hand it to the custodian and to the grantee.
        The custodian passes it on to a grantee who ever had a key of the patient's records, now or
        with `Expiring.revoke_ended`.

        Args:
            presented: The consent.

        Returns:
            False where it is not in force now; if it may deny, and no other document of it is
            stored, it is stored all the same.

        Raises:
            ChainError: The node does not answer.
            StorageError: The key database, or the grantee's inbox, cannot be written.
        """
        consent, block = presented.consent, self._holder.chain.block().number
        if not self._consulting.hear(presented, block=block):
            return False
        if self._had_keys(consent.patient, consent.grantee):
            self.tell(consent.patient, consent.grantee, block=block)
        return True

    @typed_arguments
    def tell(
        self, patient: Address, grantee: Address, *, block: int, but: Presented | None = None
    ) -> bool:
        """Send a reader what it was not told of.

        Args:
            patient: Whose consents.
            grantee: The reader.
            block: Number of the block at which is judged what it needs to know.
            but: A consent that the reader has already.

        Returns:
            False where there was nothing.
        """
        shown = None if but is None else but.to_json().encode()
        known = self._consulting.untold(patient, grantee, block=block)
        news = [each for each in known if each.document != shown]
        if not news:
            return False
        self._holder.require_control()  # another key's letters are refused, and noted as told
        inbox, document = self._mail.directory.find(grantee)
        heard = self._holder.vault.heard
        for each in news:
            self._mail.post(inbox, TERMS, each.document, document)
            heard.tell(patient, grantee, consent=each.consent, document=each.document)
        return True

    @typed_arguments
    def tell_all(self, *, block: int) -> Told:
        """Notify all that ever had a key; one that is not reached or judged now stops no other.

        Args:
            block: Number of the block at which is judged what they need to know.

        Returns:
            Whom it was told, and whom not, each with the error.
        """
        told, untold = set[Address](), list[tuple[Address, SalusError]]()
        for patient, grantee in self._owed():
            try:
                if self._had_keys(patient, grantee) and self.tell(patient, grantee, block=block):
                    told.add(grantee)
            except SalusError as problem:
                untold.append((grantee, problem))
        return tuple(sorted(told)), tuple(untold)

    def _owed(self) -> list[tuple[Address, Address]]:
        """The patients and readers between whom is something to tell, in force or not."""
        heard = (each for each in self._holder.vault.heard.all() if each.closes and not each.told)
        consents = (read_consent(each.document).consent for each in heard)
        return sorted({(each.patient, each.grantee) for each in consents})

    def _had_keys(self, patient: Address, grantee: Address) -> bool:
        """Whether a reader ever had a key of a patient's records: a revocation takes none away."""
        vault, reader = self._holder.vault, grantee
        ring, store = vault.keyring, vault.database
        if reader == ring.owner:
            return False
        keys = ring.compartments.all(patient)
        if any(reader in store.given.grantees(each.key_id) for each in keys):
            return True
        rows = (
            row for key in keys for row in store.records.all(ring.owner, sealed_under=key.key_id)
        )
        return any(reader in store.given.grantees(row.key_id) for row in rows)

"""How records take letters in: consents, parcels of keys and records, notices of erasure.

All consents are heard first and all compartment keys taken, then notices of erasure, then the rest
in the order in which it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from salus.consents.documents import read_consent
from salus.errors import SalusError
from salus.mail.fates import TAKEN, Fate, LetterOutcome
from salus.records.erasing import ERASURE
from salus.records.errors import UnaskedRecord
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel

if TYPE_CHECKING:
    from salus.mail.letter_kinds import Taker
    from salus.records.admitting import Admission
    from salus.vault.letters.letters import Letter
    from salus.vault.sharing.asking import AnchorCheck
    from salus.vault.vault import Vault

ENDED = "that ended here"
"""Stands for the consent of a key whose consents were all revoked: which they were is forgotten."""

KINDS = (TERMS, PARCEL, ERASURE)
"""The kinds of letters that records take in."""


def takers(vault: Vault, admission: Admission, anchored: AnchorCheck) -> Mapping[str, Taker]:
    """Make the takers of one run, which share what is admitted in it."""
    return {
        TERMS: ConsentTaker(admission),
        PARCEL: ParcelTaker(vault, admission, anchored),
        ERASURE: NoticeTaker(vault, admission),
    }


class ConsentTaker:
    """Hears consents that are shown in letters: under them records may come in."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def look(self, letter: Letter) -> bool:
        """Hear it before anything that comes under it is taken."""
        with suppress(SalusError):  # when it is taken in, that names the problem
            self._admission.hear(read_consent(letter.body), sender=letter.sender)
        return True

    def rank(self, sender: str) -> tuple[int, int]:
        """Of one second a consent comes before what is under it."""
        return 1, 0

    def take(self, message_id: str, letter: Letter, *, noted: bool) -> LetterOutcome:
        """One that is not in force may be so to a node that is not behind: its letter waits."""
        presented = read_consent(letter.body)
        stands = self._admission.hear(presented, sender=letter.sender)
        other = Fate.ALREADY if noted else Fate.UNASKED
        return LetterOutcome(Fate.TAKEN if stands else other, brought=(presented,))


class ParcelTaker:
    """Takes in keys, and the records that they open, under consents that their sender showed."""

    def __init__(self, vault: Vault, admission: Admission, anchored: AnchorCheck) -> None:
        self._vault = vault
        self._admission = admission
        self._anchored = anchored

    def look(self, letter: Letter) -> bool:
        """Take compartment keys; False where a consent is missing that may come in a later one."""
        with suppress(SalusError):  # when all of the parcel is taken in, that names the problem
            parcel = Parcel.parse(letter.body)
            given = tuple(key for key in parcel.keys if key.kind == "compartment")
            keys = Parcel(given, consent=parcel.consent if given else "")
            try:
                self._require_asked(keys, letter.sender)
            except UnaskedRecord:
                return False
            self._vault.readers.take(keys, sender=letter.sender)
        return True

    def rank(self, sender: str) -> tuple[int, int]:
        """In the order of sending."""
        return 1, 1

    def take(self, message_id: str, letter: Letter, *, noted: bool) -> LetterOutcome:
        """Take in what is sound; spent where all is, and one was erased: its key lies there."""
        parcel = Parcel.parse(letter.body)
        try:
            self._require_asked(parcel, letter.sender)
        except UnaskedRecord:
            if not noted:
                raise
            # What it brought came in before its consent ended.
            return LetterOutcome(Fate.ALREADY, spent=self._holds_erased(parcel))
        taken = self._vault.readers.take(
            parcel, sender=letter.sender, signer=letter.signer, anchored=self._anchored
        )
        spent = bool(taken.erased) and not taken.problems
        return LetterOutcome(brought=taken.manifests, spent=spent, problems=taken.problems)

    def _require_asked(self, parcel: Parcel, sender: str) -> None:
        """Keys come under the consent that it names, pointers under those of a key before."""
        if parcel.keys and not self._admission.admits(sender, parcel.consent):
            raise UnaskedRecord(parcel.consent, sender=sender)
        come = {key.target for key in parcel.keys}
        for key_id in {each.compartment_key or b"" for each in parcel.pointers} - come - {b""}:
            under = sorted(self._vault.keyring.received.under_key(sender, key_id))
            if any(self._admission.admits(sender, each) for each in under):
                continue
            # A key outlives its consents; one that never came is missed when the parcel is taken.
            if under or self._vault.database.compartments.find(sender, key_id) is not None:
                raise UnaskedRecord(under[0] if under else ENDED, sender=sender)

    def _holds_erased(self, parcel: Parcel) -> bool:
        manifests = (Manifest.parse(each.manifest) for each in parcel.pointers)
        records = {(each.issuer, each.record) for each in manifests}
        return any(self._vault.database.erasures.find(*each) is not None for each in records)


class NoticeTaker:
    """Destroys what was received of records that their issuers erased."""

    def __init__(self, vault: Vault, admission: Admission) -> None:
        self._vault = vault
        self._admission = admission

    def look(self, letter: Letter) -> bool:
        """Nothing is to be done before it is taken."""
        return True

    def rank(self, sender: str) -> tuple[int, int]:
        """First: what is erased is then not taken in before it is forgotten.

        Last are those of who may bring nothing: others may have passed that record on.
        """
        return (0 if self._admission.knows(sender) else 2), 1

    def take(self, message_id: str, letter: Letter, *, noted: bool) -> LetterOutcome:
        """One of who may bring nothing yet waits beside what was sent: that may come in later."""
        notice = ErasureNotice.parse(letter.body)
        own = notice.issuer == letter.sender
        held = self._vault.database.records.all(notice.issuer, record=notice.record)
        if own and not held and not self._admission.knows(letter.sender):
            return LetterOutcome(Fate.UNASKED)
        if self._vault.forget(notice, sender=letter.sender, signer=letter.signer):
            return LetterOutcome(brought=(notice,))
        return TAKEN

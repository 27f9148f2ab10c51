"""Who may bring what: records come under a consent in force that names this reader.

Anybody can write a letter. What comes under no such consent could never be opened, and would stay
in the key database for good; so would consents of patients and readers that nobody here knows.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-admitting")
    >>> stranger = "0x" + "ab" * 20
    >>> Admitting(clinic.vault, clinic.records.consulting, clinic.chain).admits(stranger, "0x01")
    False
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from salus.consents.documents import read_consent
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.records import shown_consent_limits
from salus.records.errors import ForeignConsent, TooManyConsents
from salus.records.shown_consent_limits import Rooms, has_records
from salus.records.shown_consents import Shown
from salus.terms.evaluation import may_deny, may_permit
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.documents import Presented
    from salus.primitives.address import Address
    from salus.records.consulting import Consulting
    from salus.vault.keyring.heard import Heard
    from salus.vault.vault import Vault


class Admission(Protocol):
    """What a collection asks before it takes a record in."""

    def hear(self, presented: Presented, *, sender: Address) -> bool:
        """Take notice of a consent that came in a letter; tell whether it is in force."""

    def admits(self, sender: Address, consent: str) -> bool:
        """Whether records of a sender may come in under a consent."""

    def knows(self, sender: Address) -> bool:
        """Whether a sender may bring records under any consent."""


class Admitting:
    """Admission by the consents that senders showed, at one block."""

    def __init__(self, vault: Vault, consulting: Consulting, chain: Chain) -> None:
        self._vault, self._consulting, self._chain = vault, consulting, chain
        self._shown = Shown(vault)
        self._rooms = Rooms(vault, consulting)

    @typed_arguments
    def hear(self, presented: Presented, *, sender: Address) -> bool:
        """Keep a consent; where it names this reader, its sender may bring records under it.

        What may deny is kept in its sender's room though nothing of the patient is here yet: its
        letter may be gone when the first record comes.

        Raises:
            ChainError: The node cannot tell now whether it is in force.
            TooManyConsents: Its sender showed more than are kept of one.
            ForeignConsent: It names another reader, and concerns no patient who is known here.
        """
        consent = presented.consent
        names_reader = consent.grantee == self._vault.identity
        concerns = names_reader or self._is_known(consent.patient)
        if not concerns and not may_deny(consent.terms):
            raise ForeignConsent(hex0x(consent.id), sender=sender)
        self._require_room(presented, sender)
        stands = self._consulting.hear(presented, block=self._block, sender=sender)
        is_kept = self._consulting.known(consent) is not None
        if is_kept and names_reader and may_permit(consent.terms):
            self._shown.add(sender, consent)
        return stands or (
            is_kept and self._stands(consent.patient, consent.grantee, hex0x(consent.id))
        )

    @typed_arguments
    def admits(self, sender: Address, consent: str) -> bool:
        """Whether a sender showed that consent, and it is in force and names this reader."""
        patient = self._shown.patient(sender, consent)
        return patient is not None and self._stands(patient, self._vault.identity, consent)

    @typed_arguments
    def knows(self, sender: Address) -> bool:
        """Whether a sender ever showed a consent that may permit this reader something."""
        return self._shown.knows(sender)

    def _stands(self, patient: Address, grantee: Address, consent: str) -> bool:
        """Whether it is in force by the document that is kept."""
        known = self._vault.heard.find(patient, grantee, consent)
        if known is None:
            return False
        return self._consulting.stands(read_consent(known.document), block=self._block)

    def _is_known(self, patient: Address) -> bool:
        names_reader = self._vault.heard.names(patient, self._vault.identity)
        return bool(names_reader) or has_records(self._vault, patient)

    def _require_room(self, presented: Presented, sender: Address) -> None:
        """A deny in force for what is here is always taken; of all else, each has its share."""
        consent = presented.consent
        if self._consulting.known(consent) is not None:
            return
        if self._rooms.has(sender, block=self._block):
            return
        concerns = may_deny(consent.terms) and has_records(self._vault, consent.patient)
        if not (concerns and self._consulting.stands(presented, block=self._block)):
            raise TooManyConsents(sender, most=shown_consent_limits.SHOWN)

    @cached_property
    def _block(self) -> int:
        return int(self._chain.block().number)


@typed_arguments
def drop_shown(vault: Vault, sender: Address) -> int:
    """Forget the consents that a sender showed, and let it bring no more records under them."""
    shown, heard = Shown(vault), {each.consent: each for each in vault.heard.shown_by(sender)}
    some = sorted({*shown.of(sender), *heard})
    for each in some:
        vault.keyring.received.drop_unused(sender, each)
    idle = [each for each in some if not _is_needed(vault, each, heard.get(each))]
    for each in idle:
        with vault.database.transaction():
            shown.drop(sender, each)
            if each in heard:
                consent = read_consent(heard[each].document).consent
                vault.heard.drop(consent.patient, consent.grantee, each)
    return len(idle)


def _is_needed(vault: Vault, consent: str, heard: Heard | None) -> bool:
    if vault.keyring.received.is_used(consent):
        return True
    if heard is None or not heard.closes:
        return False
    return has_records(vault, read_consent(heard.document).consent.patient)

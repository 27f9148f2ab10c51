"""Who may bring what: records come under a consent in force that names this reader.

Anybody can write a letter. What comes under no such consent could never be opened, and would stay
in the key store for good; so would consents of patients and readers that nobody here knows.

Example:
    >>> from salus import Salus
    >>> clinic = Salus.connect("tester", storage="memory://example-admitting")
    >>> stranger = "0x" + "ab" * 20
    >>> Admitting(clinic.vault, clinic.records.consulting, clinic.chain).admits(stranger, "0x01")
    False
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from salus.consents.documents import read_consent
from salus.errors import ForeignConsent, TooManyConsents
from salus.terms import may_deny
from salus.vault.documents import hex0x

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.consents.documents import Consent, Presented
    from salus.models import Address
    from salus.records.consulting import Consulting
    from salus.vault import Vault

SHOWN = 4096
"""Consents that are kept of one sender's letters, beside those under which keys came and denies for
records that are here."""


class Admission(Protocol):
    """What a collection asks before it takes a record in."""

    def hear(self, presented: Presented, *, sender: str) -> bool:
        """Take notice of a consent that came in a letter; tell whether it is in force."""

    def admits(self, sender: str, consent: str) -> bool:
        """Tell whether records of a sender may come in under a consent."""

    def knows(self, sender: str) -> bool:
        """Tell whether a sender may bring records under any consent."""


class Admitting:
    """Admission by the consents that senders showed.

    Args:
        vault: The reader's: what was shown is noted there.
        consulting: Who keeps consents in force.
        chain: Asked once whether they are, at one block.
    """

    def __init__(self, vault: Vault, consulting: Consulting, chain: Chain) -> None:
        self._vault, self._consulting, self._chain = vault, consulting, chain
        self._shown = vault.notebook("shown")
        self._used: dict[str, int] = {}

    def hear(self, presented: Presented, *, sender: str) -> bool:
        """Keep a consent; where it is in force and names this reader, its sender may bring records.

        Returns:
            Whether it is in force.

        Raises:
            ForeignConsent: It names another reader, and a patient of whom nothing is here.
            TooManyConsents: Its sender showed more than are kept of one.
            ChainError: The node cannot tell now whether it is in force.
        """
        consent = presented.consent
        names_reader = consent.grantee.lower() == self._vault.identity
        if not names_reader and not self._is_known(consent.patient):
            raise ForeignConsent(hex0x(consent.id), sender=sender)
        self._require_room(presented, sender)
        stands = self._consulting.hear(presented, block=self._block, sender=sender)
        name = _name(sender, hex0x(presented.consent.id))
        if stands and names_reader and self._shown.get(name) is None:
            self._shown.put(name, True)
            self._shown.put(sender.lower(), True)
        return stands or self._stands(consent)

    def admits(self, sender: str, consent: str) -> bool:
        """Tell whether a sender showed that consent, in force and naming this reader."""
        return self._shown.get(_name(sender, consent)) is not None

    def knows(self, sender: str) -> bool:
        """Tell whether a sender ever showed a consent in force that names this reader."""
        return self._shown.get(sender.lower()) is not None

    def _stands(self, consent: Consent) -> bool:
        """Whether it is in force by another document, that was kept before."""
        known = self._consulting.known(consent)
        if known is None:
            return False
        return self._consulting.stands(read_consent(known.document), block=self._block)

    def _is_known(self, patient: Address) -> bool:
        names_reader = self._vault.heard.names(patient, self._vault.identity)
        return bool(names_reader) or has_records(self._vault, patient)

    def _require_room(self, presented: Presented, sender: str) -> None:
        """A deny in force for what is here is always taken; of all else, each has its share."""
        consent = presented.consent
        if self._has_room(sender) or self._consulting.known(consent) is not None:
            return
        concerns = may_deny(consent.terms) and has_records(self._vault, consent.patient)
        if not (concerns and self._consulting.stands(presented, block=self._block)):
            raise TooManyConsents(sender, most=SHOWN)

    def _has_room(self, sender: str) -> bool:
        """Looks once a collection for what is over or used: who sends on must not cost more."""
        heard, store = self._vault.heard, self._vault.keystore
        if heard.count_shown_by(sender) >= SHOWN and sender not in self._used:
            self._consulting.drop_over(heard.shown_by(sender), block=self._block)
            left = heard.shown_by(sender)
            self._used[sender] = sum(bool(store.shares(consent=each.consent)) for each in left)
        return heard.count_shown_by(sender) - self._used.get(sender, 0) < SHOWN

    @cached_property
    def _block(self) -> int:
        return int(self._chain.block().number)


def _name(sender: str, consent: str) -> str:
    return f"{sender.lower()}/{consent}"


def drop_shown(vault: Vault, sender: str) -> int:
    """Forget the consents that a sender showed, and let it bring no more records under them.

    Args:
        vault: Whose.
        sender: Whose letters.

    Returns:
        How many were forgotten. Those stay that records came under, and what may deny these.
    """
    shown, dropped = vault.notebook("shown"), 0
    for each in vault.heard.shown_by(sender):
        consent = read_consent(each.document).consent
        used = bool(vault.keystore.shares(consent=each.consent))
        if not used and not (each.closes and has_records(vault, consent.patient)):
            with vault.keystore.transaction():
                vault.heard.drop(consent.patient, consent.grantee, each.consent)
                shown.drop(_name(sender, each.consent))
            dropped += 1
    return dropped


def has_records(vault: Vault, patient: Address) -> bool:
    """Tell whether a patient's records are here, one's own or received.

    Args:
        vault: Where.
        patient: Whose.

    Returns:
        True where there is a key of one.
    """
    if vault.keyring.compartment_keys(patient.lower()):
        return True
    heard = vault.heard.between(patient, vault.identity)
    return any(vault.keystore.shares(consent=each.consent) for each in heard)

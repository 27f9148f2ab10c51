"""Every consent in force between the parties is asked: a deny in any of them overrides.

A record goes out, and opens, under one consent. What else the patient agreed to between the same
parties can only close it: a deny that was granted later, before, or by a delegate. A consent that
names the custodian speaks of a reader where a deny names readers among its recipients, by address,
role or reference; one that the patient grants to itself speaks of everybody.

Example:
    >>> from salus import Salus
    >>> clinic = Salus.connect("tester", storage="memory://example-consulting")
    >>> me = clinic.account.identity
    >>> Consulting(clinic.vault, clinic.consents).between(me, me, custodian=me, block=0)
    ()
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from salus.consents.documents import Presented, read_consent
from salus.errors.consent import ConsentNotInForce
from salus.models import Address
from salus.records.revocations import find
from salus.terms import Decision, Effect, Outcome, Part, Request, evaluate
from salus.terms.match import match
from salus.vault.documents import hex0x

if TYPE_CHECKING:
    from salus.consents import Consents
    from salus.consents.documents import Consent
    from salus.vault import Vault
    from salus.vault.heard import Heard


class Consulting:
    """What the owner of a vault has heard of patients' consents, and what these deny.

    Args:
        vault: Where they are kept.
        consents: Who asks the chain.
    """

    def __init__(self, vault: Vault, consents: Consents) -> None:
        self._vault = vault
        self._consents = consents
        self._block = -1
        self._stands: dict[bytes, bool] = {}

    def hear(self, presented: Presented, *, block: int) -> bool:
        """Keep a consent that came, if it is in force; never in the place of one that is.

        Whoever knows a consent can send it again under a signature that is none.

        Args:
            presented: Its document.
            block: The block to decide at.

        Returns:
            Whether it is in force.

        Raises:
            ChainError: The node does not answer.
        """
        document = presented.to_json().encode()
        if not self._in_force(document, block):
            return False
        known = self.known(presented.consent)
        if known is None or not self._in_force(known.document, block):
            keep(self._vault, presented)
        return True

    def known(self, consent: Consent) -> Heard | None:
        """Find a consent among those that were heard.

        Args:
            consent: Which.

        Returns:
            It, or None.
        """
        heard = self._vault.heard.between(consent.patient, consent.grantee)
        return next((each for each in heard if each.consent == hex0x(consent.id)), None)

    def between(
        self, patient: Address, recipient: Address, *, custodian: Address, block: int
    ) -> tuple[Consent, ...]:
        """List the consents in force that may close something to a reader.

        Args:
            patient: Whose records.
            recipient: Who wants them.
            custodian: Who issued them.
            block: The block to decide at.

        Returns:
            The consents of the patient that name the reader, the custodian, or the patient itself.

        Raises:
            ChainError: The node does not answer.
        """
        parties = dict.fromkeys(each.lower() for each in (recipient, custodian, patient))
        heard = (each for who in parties for each in self._vault.heard.between(patient, who))
        return tuple(
            read_consent(each.document).consent
            for each in heard
            if self._in_force(each.document, block)
        )

    def untold(self, patient: Address, grantee: Address, *, block: int) -> tuple[Heard, ...]:
        """List the consents in force that a reader was not told of.

        Args:
            patient: Who granted.
            grantee: Whom they name.
            block: The block to decide at.

        Returns:
            The consents.
        """
        heard = self._vault.heard.between(patient, grantee)
        return tuple(e for e in heard if not e.told and self._in_force(e.document, block))

    def _in_force(self, document: bytes, block: int) -> bool:
        if block != self._block:
            self._block, self._stands = block, {}
        if document not in self._stands:
            self._stands[document] = self._stands_at(read_consent(document), block)
        # What was honoured here counts at once, whatever the chain says.
        consent = read_consent(document).consent
        return self._stands[document] and find(self._vault, consent.patient, consent.id) is None

    def _stands_at(self, presented: Presented, block: int) -> bool:
        try:
            self._consents.check(presented, block=block)
        except ConsentNotInForce:
            return False
        return True


def keep(vault: Vault, presented: Presented) -> None:
    """Keep a consent that this participant itself signed, registered or gave keys under.

    Args:
        vault: Where.
        presented: Its document.

    Raises:
        StorageError: The key store cannot be written.
    """
    consent = presented.consent
    document = presented.to_json().encode()
    vault.heard.keep(consent.patient, consent.grantee, hex0x(consent.id), document)


def deny(consents: Iterable[Consent], request: Request, *, block: int) -> Decision | None:
    """Find a consent that denies a request.

    Args:
        consents: In force, as :meth:`Consulting.between` lists them.
        request: Who wants what, for what.
        block: The block to decide at.

    Returns:
        Its decision; None where none denies.
    """
    for consent in consents:
        decision = evaluate(consent.terms, request, consent_id=consent.id, block=block)
        if decision.ordinary is Outcome.DENY and _speaks_of(consent, request):
            return decision
    return None


def _speaks_of(consent: Consent, request: Request) -> bool:
    """What the custodian itself may read says nothing of others, unless it names them."""
    if consent.grantee.lower() in (request.recipient.address, consent.patient.lower()):
        return True
    terms = consent.terms
    return any(
        rule.effect is Effect.DENY
        and any(actor.part is Part.RECIPIENT for actor in terms.effective(position).actors)
        and match(terms, position, request)
        for position, rule in enumerate(terms.rules)
    )

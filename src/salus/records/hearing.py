"""What becomes of a vault when consents are made or ended here: they are kept, sharing stops.

Example:
    >>> import salus
    >>> from salus.terms import Rule, Terms
    >>> clinic = salus.connect("tester", storage="memory://example-hearing")
    >>> me = clinic.account
    >>> terms = Terms(base=Rule(effect="permit"))
    >>> consent = clinic.consents.propose(me.identity, me.identity, terms)
    >>> _ = clinic.consents.sign(consent, by=me)
    >>> len(clinic.vault.heard.between(me.identity, me.identity))
    1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from salus.consents.documents import BatchedConsent, read_consent
from salus.consents.searching import StoredConsent
from salus.errors import ChainError
from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.records.consulting import Consulting
from salus.records.revocations import is_consent, is_of
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.client import Consents
    from salus.consents.documents import Consent, Presented
    from salus.vault.vault import Vault


class Hearing:
    """Handles consents for the owner of a vault; see `ConsentHandler`."""

    def __init__(self, vault: Vault, consents: Consents, chain: Chain) -> None:
        self._vault, self._consents, self._chain = vault, consents, chain

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        """Keep a consent, to ask it at each decision; a copy that came is kept only if better."""
        consulting = Consulting(self._vault, self._consents, self._chain)
        if consulting.known(consent.consent) is None or (
            made_here and isinstance(consent, BatchedConsent)
        ):
            consulting.keep(consent)
        elif made_here:
            with suppress(ChainError):  # what is kept of it stays, whatever the node answers
                consulting.hear(consent, block=self._chain.block().number)

    @typed_arguments
    def ended(self, patient: Address, consent_id: bytes | None) -> None:
        """Hand out no more keys under a patient's consent that is over; None for all of them.

        Raises:
            StorageError: The key database cannot be written.
            TransactionOpen: A transaction is open, which could undo it; nothing was changed.
        """
        self._vault.database.require_no_transaction()
        whose = checked_address(patient)
        some = self._consents_of(whose) if consent_id is None else {hex0x(consent_id)}
        for each in sorted(some):
            if self._vault.grants.knows(each) and is_of(self._vault, whose, each):
                self._vault.readers.revoke(each)

    def _consents_of(self, patient: Address) -> set[str]:
        """Those that keys were given or came under, without what is given in emergencies."""
        came = self._vault.heard.between(patient, self._vault.identity)
        given = filter(is_consent, self._vault.grants.given())
        return {*given, *(each.consent for each in came)}

    def known(self) -> Iterator[StoredConsent]:
        """What is kept, to be judged at the latest block."""
        consulting = Consulting(self._vault, self._consents, self._chain)
        block = self._chain.block().number
        for each in self._vault.heard.all():
            judge = partial(consulting.judged, each, block=block)
            yield StoredConsent(read_consent(each.document), each.kept_at, judge)

    def closing(
        self, patient: Address, parties: Iterable[Address], *, block: int
    ) -> Iterator[Consent]:
        """What is kept, in force or perhaps, that closes something to one of several."""
        consulting = Consulting(self._vault, self._consents, self._chain)
        for who in parties:
            yield from consulting.between(patient, who, custodian=who, block=block)

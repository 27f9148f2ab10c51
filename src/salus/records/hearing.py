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

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from salus.consents.documents import BatchedConsent, read_consent
from salus.consents.searching import Kept
from salus.errors import ChainError
from salus.primitives.documents import hex0x
from salus.records.consulting import Consulting

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.client import Consents
    from salus.consents.documents import Presented
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

    def ended(self, consent_id: bytes) -> None:
        """Hand out no more keys under a consent that is over."""
        if self._vault.grants.knows(hex0x(consent_id)):
            self._vault.readers.revoke(hex0x(consent_id))

    def known(self) -> Iterator[Kept]:
        """What is kept, to be judged at the latest block."""
        consulting = Consulting(self._vault, self._consents, self._chain)
        block = self._chain.block().number
        for each in self._vault.heard.all():
            judge = partial(consulting.judged, each, block=block)
            yield Kept(read_consent(each.document), each.kept_at, judge)

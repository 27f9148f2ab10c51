"""Every consent in force between the parties is asked: a deny in any of them overrides.

A record goes out, and opens, under one consent. What else the patient agreed to between the same
parties can only close it: a deny that was granted later, before, or by a delegate. A consent that
names the custodian speaks of a reader where a deny names readers among its recipients, by address,
role or reference; one that the patient grants to itself speaks of everybody.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-consulting")
    >>> me = clinic.account.identity
    >>> consulting = Consulting(clinic.vault, clinic.consents, clinic.chain)
    >>> consulting.between(me, me, custodian=me, block=0)
    ()
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.consents.documents import Presented, read_consent
from salus.consents.states import ConsentState, ConsentStates
from salus.errors import SalusError, StorageError, VerificationError
from salus.primitives.address import Address
from salus.records.revocations import find
from salus.terms.evaluation import may_deny
from salus.vault.keyring.heard import Heard
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.client import Consents
    from salus.consents.documents import BatchedConsent, Consent
    from salus.vault.vault import Vault


APART = 24 * 3600
"""Seconds after a consent was kept, and again after a node first said that it is over for good,
until the next who says so is believed: a node may be behind, or lie once."""
_LOOK = 64
"""So many consents more between two parties, and those that are over are looked for."""


class Consulting:
    """What the owner of a vault has heard of patients' consents, and what these deny."""

    def __init__(self, vault: Vault, consents: Consents, chain: Chain) -> None:
        self._vault, self._consents, self._chain = vault, consents, chain
        self._block = -1
        self._said: dict[bytes, ConsentState] = {}
        self._proofs: dict[bytes, BatchedConsent | None] = {}
        self._states: ConsentStates | None = None

    def hear(self, presented: Presented, *, block: int, sender: str = "") -> bool:
        """Keep a consent that came, if it is in force or may deny; of two in force the longer.

        Whoever knows a consent can send it again under an invalid signature. What may deny is
        told once: what the node says of it at that moment is not the end of it.

        Raises:
            ChainError: The node does not answer; what may deny is kept all the same.
        """
        document = presented.to_json().encode()
        known = self.known(presented.consent)
        if known is None and may_deny(presented.consent.terms):
            # Before the node is asked, as it may fail: nothing is to open against it meanwhile.
            self.keep(presented, block=block, sender=sender)
            return self.state(document, block) is ConsentState.STANDS
        stands = self.state(document, block) is ConsentState.STANDS
        if stands and (known is None or self._is_better(presented, known.document, block)):
            self.keep(presented, block=block, sender=sender)
        return stands

    def _is_better(self, presented: Presented, kept: bytes, block: int) -> bool:
        if self.state(kept, block) is not ConsentState.STANDS:
            return True
        return self._consents.checks.outlasts(presented, read_consent(kept), block=block)

    def stands(self, presented: Presented, *, block: int) -> bool:
        """Whether a consent that was shown is in force: nobody can make up one that is."""
        return self.state(presented.to_json().encode(), block) is ConsentState.STANDS

    def keep(self, presented: Presented, *, block: int | None = None, sender: str = "") -> None:
        """Keep a consent; now and then those between its parties that are over make room.

        Raises:
            StorageError: The key database cannot be written.
        """
        consent = presented.consent
        if keep(self._vault, presented, sender=sender) % _LOOK:
            return
        with suppress(SalusError):  # it is kept; what cannot be judged now is judged another time
            at = self._chain.block().number if block is None else block
            heard = self._vault.heard.between(consent.patient, consent.grantee)
            self.drop_over(heard, block=at)

    def judged(self, heard: Heard, *, block: int) -> tuple[Presented, ConsentState]:
        """A consent that is kept, with its proof where one is found now, and what became of it."""
        state = self.state(heard.document, block)
        if state is ConsentState.RESTS and (now := self._now(heard, block)):
            return read_consent(now.document), ConsentState.STANDS
        return read_consent(heard.document), state

    def known(self, consent: Consent) -> Heard | None:
        """Find a consent among those that were heard."""
        return self._vault.heard.find(consent.patient, consent.grantee, hex0x(consent.id))

    def between(
        self, patient: Address, recipient: Address, *, custodian: Address, block: int
    ) -> tuple[Consent, ...]:
        """List the consents in force that may close something to a reader.

        Returns:
            The consents of the patient that name the reader, the custodian, or the patient itself,
            without those that only permit.

        Raises:
            ChainError: The node does not answer.
        """
        parties = dict.fromkeys((recipient, custodian, patient))
        heard = (each for who in parties for each in self._vault.heard.between(patient, who))
        closing = (each for each in heard if each.closes)
        standing = self._standing(closing, block, in_doubt=True)
        return tuple(read_consent(each.document).consent for each in standing)

    def untold(self, patient: Address, grantee: Address, *, block: int) -> tuple[Heard, ...]:
        """List the consents in force that close something, and that a reader was not told of."""
        heard = self._vault.heard.between(patient, grantee)
        return tuple(self._standing((e for e in heard if e.closes and not e.told), block))

    def drop_over(self, heard: Iterable[Heard], *, block: int) -> None:
        """Forget those that are over for good, and were so a day ago.

        Raises:
            ChainError: The node does not answer.
        """
        self._standing(heard, block)

    def _standing(
        self, heard: Iterable[Heard], block: int, *, in_doubt: bool = False
    ) -> list[Heard]:
        """Those in force, or that may be; what stays over is forgotten, to cost nothing more."""
        standing = []
        for each in heard:
            state = self.state(each.document, block)
            if state is not ConsentState.OVER:
                now = self._now(each, block) if state is ConsentState.RESTS else each
                if now is not None or (in_doubt and self._by_leaf(each.document, block)[1]):
                    standing.append(now or each)
            with suppress(StorageError):  # a decision needs no room; it is noted another time
                self._settle(each, is_over=state is ConsentState.OVER, block=block)
        return standing

    def _now(self, heard: Heard, block: int) -> Heard | None:
        """What rests by its document, with its proof where it was anchored in a batch."""
        batched, _ = self._by_leaf(heard.document, block)
        if batched is None:
            return None
        consent, document = batched.consent, batched.to_json().encode()
        with suppress(StorageError):
            self._vault.heard.prove(
                consent.patient, consent.grantee, heard.consent, document=document
            )
        return replace(heard, document=document, told=False)

    def _by_leaf(self, document: bytes, block: int) -> tuple[BatchedConsent | None, bool]:
        """The proof of a consent that is in force by its leaf; and whether it may have one."""
        self._at(block)
        if document not in self._proofs:
            try:
                self._proofs[document] = self._look(document, block)
            except VerificationError:  # until the log store explains what the chain holds
                return None, True
        return self._proofs[document], False

    def _look(self, document: bytes, block: int) -> BatchedConsent | None:
        batched = self._consents.checks.batched(read_consent(document).consent)
        if batched is None or self.state(batched.to_json().encode(), block) is ConsentState.STANDS:
            return batched
        return None

    def _settle(self, heard: Heard, *, is_over: bool, block: int) -> None:
        """Note what a node says of a consent's end, and forget it when it says so again."""
        if not is_over:
            if heard.over_since:
                self._note_over(heard, since=0)
        elif not self._is_later(heard.over_since or heard.kept_at, block):
            return
        elif heard.over_since:
            consent = read_consent(heard.document).consent
            self._vault.heard.drop(consent.patient, consent.grantee, heard.consent)
        else:
            self._note_over(heard, since=int(time.time()))

    def _is_later(self, moment: int, block: int) -> bool:
        """Whether it is a day later, here and by the block: an old one knows of no new consent."""
        return min(time.time(), self._at(block).time) >= moment + APART

    def _note_over(self, heard: Heard, *, since: int) -> None:
        consent = read_consent(heard.document).consent
        self._vault.heard.note_over(consent.patient, consent.grantee, heard.consent, since=since)

    def state(self, document: bytes, block: int) -> ConsentState:
        """What became of a consent; what was honoured here counts at once."""
        states, presented = self._at(block), read_consent(document)
        if find(self._vault, presented.consent.patient, presented.consent.id) is not None:
            return ConsentState.OVER
        if document not in self._said:
            self._said[document] = states.of(presented)
        return self._said[document]

    def _at(self, block: int) -> ConsentStates:
        if block != self._block or self._states is None:
            self._block, self._said, self._proofs = block, {}, {}
            self._states = ConsentStates(self._chain, self._consents.checks, block)
        return self._states


def keep(vault: Vault, presented: Presented, *, sender: str = "") -> int:
    """Keep a consent.

    Raises:
        StorageError: The key database cannot be written.
    """
    consent = presented.consent
    document, closes = presented.to_json().encode(), may_deny(consent.terms)
    heard = Heard(hex0x(consent.id), document, closes=closes, sender=sender)
    return vault.heard.keep(consent.patient, consent.grantee, heard)

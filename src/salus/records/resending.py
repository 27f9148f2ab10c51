"""Sending again what readers may not have taken in yet: letters end with the key that signed them.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-resending")
    >>> clinic.records.resend()
    Resent(shared=(), unshared=(), unproven=(), told=(), untold=())
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.consents.documents import read_consent
from salus.errors import InputError, SalusError
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.records.errors import ReceiptsMissing
from salus.terms.vocabulary import Action
from salus_verify.erasure_receipt import Erasure

if TYPE_CHECKING:
    from salus.records.erasing import Erasing
    from salus.records.grounds import Grounds
    from salus.records.holder import Holder
    from salus.records.sharing import Sharing
    from salus.records.telling import Telling


@dataclass(frozen=True, slots=True)
@typed
class Resent:
    """What was sent again.

    Attributes:
        shared: Ids of the consents under which keys and records were sent again.
        unshared: Ids of those under which nothing was, and why: they ended, for instance.
        unproven: Of the first, those under which records went without receipts, and why: what a
            thief of the account wrote stays at their readers until they are sent again with them.
        told: Readers who were told once more of what was erased, or of what denies them.
        untold: Readers who could not be told, and why.
    """

    shared: tuple[str, ...] = ()
    unshared: tuple[tuple[str, SalusError], ...] = ()
    unproven: tuple[tuple[str, ReceiptsMissing], ...] = ()
    told: tuple[Address, ...] = ()
    untold: tuple[tuple[Address, SalusError], ...] = ()


class Resending:
    """What a custodian does after its key was rotated: readers refuse what the old one signed."""

    def __init__(
        self,
        holder: Holder,
        *,
        sharing: Sharing,
        erasing: Erasing,
        telling: Telling,
        grounds: Grounds,
    ) -> None:
        self._holder = holder
        self._vault = holder.vault
        self._sharing = sharing
        self._erasing = erasing
        self._telling = telling
        self._grounds = grounds

    def resend(self) -> Resent:
        """Share again under every consent that stands; tell again of what was erased or denied.

        Each record's receipt goes along: it outranks what a thief wrote in this identity's name.
        Where some cannot be had, records go without them, and `Resent.unproven` tells.
        For emergencies `EmergencyKeeping.seal` does the same. Run again it does no harm.

        Returns:
            What was sent, and what was not: one reader who cannot be reached stops no other.

        Raises:
            SignerNotInControl: The account does not control this identity (any more).
            ChainError: The node does not answer.
        """
        self._holder.require_control()
        self._vault.heard.tell_again()
        shared, unshared, unproven = [], [], []
        for consent in sorted(self._vault.grants.given()):
            if self._grounds.find(consent) is not None:
                continue
            try:
                missing = self._share_again(consent)
            except SalusError as problem:
                unshared.append((consent, problem))
                continue
            shared.append(consent)
            unproven += [] if missing is None else [(consent, missing)]
        reports = map(Erasure.parse, self._vault.database.erasures.all(self._vault.identity))
        # Whoever had keys, and has none now, opens with what it was given: denies reach it too.
        answers = [self._erasing.tell(report) for report in reports]
        answers.append(self._telling.tell_all(block=self._holder.chain.block().number))
        told = sorted({each for some, _ in answers for each in some})
        return Resent(
            tuple(shared),
            tuple(unshared),
            tuple(unproven),
            tuple(told),
            tuple(each for _, some in answers for each in some),
        )

    def _share_again(self, consent: str) -> ReceiptsMissing | None:
        grant = self._vault.grants.find(consent)
        if grant is None:
            raise InputError("it was given past `records.share()`: give it again by hand")
        presented = read_consent(grant.document)
        missing = [
            self._sharing.share_again(presented, purpose=purpose, action=Action[action])
            for purpose, action in grant.uses
        ]
        return next((each for each in missing if each is not None), None)

"""How many consents more somebody may show: what is in use here fills nobody's share.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-rooms")
    >>> Rooms(clinic.vault, clinic.records.consulting).has("0x" + "ab" * 20, block=0)
    True
"""

from __future__ import annotations

import random
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from salus.consents.documents import read_consent
from salus.errors import SalusError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.records import consulting as days
from salus.records.shown_consents import Shown

if TYPE_CHECKING:
    from salus.primitives.address import Address
    from salus.records.consulting import Consulting
    from salus.vault.keyring.heard import Heard
    from salus.vault.vault import Vault

SHOWN = 4096
"""Consents that are kept of one sender's letters, beside those under which records came and denies
for records that are here."""

LOOKS = 16
"""Consents that a collection asks the node about to make room, of all senders together."""
_STEPS = 8
"""Idle consents that are looked at for each that comes: records may have come under them since."""


@dataclass(slots=True)
class _Share:
    """What one sender showed: how much of it is in use, and what was idle when last looked at."""

    used: int = 0
    idle: deque[Heard] = field(default_factory=deque)


class Rooms:
    """The shares of all senders during one collection."""

    def __init__(self, vault: Vault, consulting: Consulting) -> None:
        self._vault, self._consulting = vault, consulting
        self._shown = Shown(vault)
        self._shares: dict[str, _Share] = {}
        self._looks = LOOKS

    @typed_arguments
    def has(self, sender: Address, *, block: int) -> bool:
        """Whether a sender may show one more."""
        share = self._shares.get(sender, _Share())
        if not self._is_full(sender, share):
            return True
        if not share.idle:
            share = self._shares[sender] = self._counted(sender)
            if self._is_full(sender, share):
                self._drop_over(share, block)
        for _ in range(min(_STEPS, len(share.idle))):
            self._look_again(share)
        return not self._is_full(sender, share)

    def _is_full(self, sender: Address, share: _Share) -> bool:
        return self._vault.heard.count_shown_by(sender) - share.used >= SHOWN

    def _counted(self, sender: Address) -> _Share:
        shown = self._vault.heard.shown_by(sender)
        idle = deque(each for each in shown if not self._is_used(each))
        return _Share(len(shown) - len(idle), idle)

    def _look_again(self, share: _Share) -> None:
        each = share.idle.popleft()
        if self._is_used(each):
            share.used += 1
        else:
            share.idle.append(each)

    def _is_used(self, heard: Heard) -> bool:
        """Whether records came under it, or it may deny what its sender brought of that patient.

        Of other patients anybody could make denies up.
        """
        used = self._vault.keyring.received.is_used
        if used(heard.consent):
            return True
        if not heard.closes:
            return False
        patient = read_consent(heard.document).consent.patient
        others = self._vault.heard.between(patient, self._vault.identity)
        brought = (each.consent for each in others if used(each.consent))
        return any(self._shown.patient(heard.sender, each) for each in brought)

    def _drop_over(self, share: _Share, block: int) -> None:
        """Ask about a few: first those that a node called over more than a day ago."""
        now = time.time()
        ripe = [each for each in share.idle if 0 < each.over_since <= now - days.APART]
        fresh = [each for each in share.idle if not each.over_since]
        some = [*ripe, *random.sample(fresh, min(self._looks, len(fresh)))][: self._looks]
        self._looks -= len(some)
        for each in some:
            with suppress(SalusError):  # one that makes the node fail stops no other
                self._consulting.drop_over([each], block=block)


@typed_arguments
def has_records(vault: Vault, patient: Address) -> bool:
    """Whether a patient's records are here, one's own or received."""
    if vault.keyring.compartments.all(patient):
        return True
    heard = vault.heard.between(patient, vault.identity)
    return any(vault.database.uses(each.consent) for each in heard)

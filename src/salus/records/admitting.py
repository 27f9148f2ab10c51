"""Who may bring records: a sender that showed a consent in force which names this reader.

Anybody can write a letter. What comes under no such consent could never be opened, and would stay
in the key store for good.

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

from salus.vault.documents import hex0x

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.consents.documents import Presented
    from salus.records.consulting import Consulting
    from salus.vault import Vault


class Admission(Protocol):
    """What a collection asks before it takes a record in."""

    def hear(self, presented: Presented, *, sender: str) -> None:
        """Take notice of a consent that came in a letter."""

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

    def hear(self, presented: Presented, *, sender: str) -> None:
        """Keep a consent in force; where it names this reader, its sender may bring records."""
        stands = self._consulting.hear(presented, block=self._block)
        names_reader = presented.consent.grantee.lower() == self._vault.identity
        name = _name(sender, hex0x(presented.consent.id))
        if stands and names_reader and self._shown.get(name) is None:
            self._shown.put(name, True)
            self._shown.put(sender.lower(), True)

    def admits(self, sender: str, consent: str) -> bool:
        """Tell whether a sender showed that consent, in force and naming this reader."""
        return self._shown.get(_name(sender, consent)) is not None

    def knows(self, sender: str) -> bool:
        """Tell whether a sender ever showed a consent in force that names this reader."""
        return self._shown.get(sender.lower()) is not None

    @cached_property
    def _block(self) -> int:
        return int(self._chain.block().number)


def _name(sender: str, consent: str) -> str:
    return f"{sender.lower()}/{consent}"

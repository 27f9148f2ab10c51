"""Letters of further kinds: a feature registers who handles its kind; each sender has its measure.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-letters")
    >>> clinic.mail.letters.register("recall", lambda letter: None)
    >>> "recall" in clinic.mail.letters, "newspaper" in clinic.mail.letters
    (True, False)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from salus.primitives.errors import InvalidArgument
from salus.vault.errors import SenderOverMeasure

if TYPE_CHECKING:
    from salus.vault.letters.letters import Letter
    from salus.vault.vault import Vault

MEASURE = 1 << 20
"""Bytes of letters that are taken in from one sender, until it is given a new measure."""

Handler = Callable[["Letter"], None]
"""Takes a letter in, whose sender signed it; keeps what it wants in a notebook of the vault."""


class Letters:
    """Who handles which kind of letter.

    Args:
        vault: Where it is noted how much came from whom.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._read = vault.notebook("letters read")
        self._handlers: dict[str, Handler] = {}

    def __contains__(self, kind: str) -> bool:
        return kind in self._handlers

    def register(self, kind: str, handler: Handler) -> None:
        """Have letters of a kind handled.

        Args:
            kind: A word of a-z, 0-9 and ``-``.
            handler: Called once for each letter, in one transaction of the key store.

        Raises:
            InvalidArgument: The kind has a handler.
        """
        if kind in self._handlers or kind in ("terms", "parcel", "erasure"):
            raise InvalidArgument("kind", f"one that has no handler yet, and {kind} has")
        self._handlers[kind] = handler

    def take(
        self, message_id: str, letter: Letter, *, present: Collection[str] | None = None
    ) -> None:
        """Hand a letter over, once, while its sender's measure is not full.

        Args:
            message_id: Its name in the inbox.
            letter: It, of a registered kind.
            present: What the inbox holds: of what it holds no more, less is remembered.

        Raises:
            SenderOverMeasure: More came from its sender than is taken in; nothing was kept.
            SalusError: As its handler says; nothing was kept.
        """
        with self._vault.keystore.transaction():
            known = self._known(letter.sender)
            if message_id in known["ids"] or message_id in known["before"]:
                return
            size = known["bytes"] + len(letter.body)
            if size > MEASURE or len(known["ids"]) >= MEASURE >> 10:
                raise SenderOverMeasure(letter.sender, measure=MEASURE)
            self._handlers[letter.kind](letter)
            before = [each for each in known["before"] if present is None or each in present]
            ids = [*known["ids"], message_id]
            self._read.put(letter.sender, {"bytes": size, "ids": ids, "before": before})

    def renew(self, sender: str) -> None:
        """Give a sender a new measure; what lies in the inbox still is not handled again.

        Args:
            sender: Who, an address.
        """
        with self._vault.keystore.transaction():
            known = self._known(sender.lower())
            if not known["ids"]:
                return
            before = [*known["before"], *known["ids"]]
            self._read.put(sender.lower(), {"bytes": 0, "ids": [], "before": before})

    def _known(self, sender: str) -> dict[str, Any]:
        return self._read.get(sender) or {"bytes": 0, "ids": [], "before": []}

"""What was given under which consent, and what for: kept until the consent ends.

The key database knows which keys it gave under a consent's id. Whether that consent still stands
is decided by its document; so the document is kept beside them, encrypted, and with it the
purposes and actions that keys cannot express.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-grants", "memory:", keys=keys, chain_id=31337)
    >>> vault.grants.note("0x01", b"{}", purpose="TREAT", action="ACCESS")
    >>> vault.grants.find("0x01").uses, vault.grants.given()
    ((('TREAT', 'ACCESS'),), {})
    >>> vault.grants.end("0x01")
    >>> vault.grants.find("0x01"), vault.grants.knows("0x01"), vault.grants.knows("0x02")
    (None, True, False)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from salus.primitives.values import typed
from salus.vault.database.key_database import KeyDatabase


@dataclass(frozen=True, slots=True)
@typed
class Grant:
    """Why keys were given.

    Attributes:
        document: The consent's document, its exact bytes.
    """

    document: bytes = field(repr=False)
    uses: tuple[tuple[str, str], ...]


class Grants:
    """The consents under which a vault gave keys."""

    def __init__(self, store: KeyDatabase) -> None:
        self._store = store
        self._notes, self._ends = store.notebook("grants"), store.notebook("ends of grants")

    def note(self, consent: str, document: bytes, *, purpose: str, action: str) -> None:
        """Remember why keys are about to be given."""
        with self._notes.transaction():
            known = self.find(consent)
            uses = {(purpose, action), *(known.uses if known else ())}
            values = {"document": document.decode(), "uses": [list(use) for use in sorted(uses)]}
            self._notes.put(consent, values)

    def find(self, consent: str) -> Grant | None:
        """Find why keys were given; None where none was noted, or where it has ended.

        Raises:
            WrongKey: The key database was changed.
        """
        values = self._notes.get(consent)
        if not values:
            return None
        uses = tuple((purpose, action) for purpose, action in values["uses"])
        return Grant(values["document"].encode(), uses)

    def knows(self, consent: str) -> bool:
        """Whether a consent was ever used to give or to receive keys; it may have ended."""
        return self._notes.get(consent) is not None or self._store.uses(consent)

    def ended(self, consent: str) -> int:
        """Count how often what was given under a consent was revoked: a share under way looks."""
        return self._ends.get(consent) or 0

    def count_end(self, consent: str) -> None:
        """Count a revocation, in the transaction that drops its shared keys."""
        self._ends.put(consent, self.ended(consent) + 1)

    def given(self) -> dict[str, frozenset[bytes]]:
        """List the keys that are still shared."""
        targets: defaultdict[str, set[bytes]] = defaultdict(set)
        for row in self._store.given.all():
            targets[row.consent].add(row.target)
        return {consent: frozenset(found) for consent, found in targets.items()}

    def end(self, consent: str) -> None:
        """Forget a consent's document, but not that there was one."""
        self._notes.put(consent, {})

"""From whom what came: under which consent, or through which key of a compartment.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import ReceivedRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> store.received.add(ReceivedRow(b"a record", consent="0x01"))
    >>> store.received.end("0x01"), store.received.all(target=b"a record")
    (1, [])
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

from salus.vault.database.guarded import GuardedRows
from salus.vault.database.rows import ReceivedRow


class ReceivedNames:
    """The table of keys that came from others."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def add(self, row: ReceivedRow) -> None:
        """Remember how a key came; what is known stays."""
        self._rows.put("received", astuple(row), otherwise="IGNORE")

    def all(
        self,
        *,
        target: bytes | None = None,
        consent: str | None = None,
        through: bytes | None = None,
    ) -> list[ReceivedRow]:
        """List how keys came: one key's, or all under a consent or through a key."""
        found = self._rows.all("received", target=target, consent=consent, through=through)
        return [ReceivedRow(*row) for row in found]

    def end(self, consent: str) -> int:
        """Forget what came under a consent; count the keys."""
        return self._rows.drop("received", consent=consent)

    def drop(self, targets: Iterable[bytes]) -> int:
        """Forget how keys came; count what was known."""
        with self._rows.transaction():
            return sum(self._rows.drop("received", target=target) for target in set(targets))

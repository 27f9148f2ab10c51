"""Who was given what, and from whom what came: one row for each wrap.

Example:
    >>> from salus.vault.keystore import KeyStore, ShareRow
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.shares.add(ShareRow(b"id", "0x01", "0xcd", "record", b"wrap id", b"a wrap"))
    >>> store.shares.drop(consent="0x01"), store.shares.all(), store.shares.grantees(b"wrap id")
    (1, [], {'0xcd'})
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, replace

from salus.vault.keystore.guarded import GuardedRows
from salus.vault.keystore.rows import FORMER, GIVEN, ShareRow


class Shares:
    """The table of shares."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def add(self, row: ShareRow) -> None:
        """Remember a wrap that was made for somebody."""
        self._rows.put("shares", astuple(row), otherwise="ABORT")

    def all(self, *, consent: str | None = None, target: bytes | None = None) -> list[ShareRow]:
        """List wraps by id, under a consent or of a key, without those that were dropped."""
        found = self._found(consent=consent, target=target)
        return [share for share in found if share.kind != FORMER]

    def grantees(self, target: bytes) -> set[str]:
        """Who was ever given a key: what was revoked may have been read before.

        Args:
            target: The record's wrap id, or the compartment's key id.
        """
        return {share.grantee for share in self._found(target=target) if share.kind in GIVEN}

    def drop(self, *, consent: str) -> int:
        """Forget the wraps made under a consent, but not who was given them; count them."""
        with self._rows.transaction():
            dropped = self.all(consent=consent)
            for share in dropped:
                if share.kind in GIVEN:
                    former = replace(share, kind=FORMER, document=b"")
                    self._rows.put("shares", astuple(former))
                else:
                    self._rows.drop("shares", share_id=share.share_id)
        return len(dropped)

    def drop_given(self, targets: Iterable[bytes]) -> int:
        """Forget the wraps of one's own keys, and who was given them.

        Args:
            targets: Wrap ids of records, or key ids of compartments.

        Returns:
            How many wraps there were, without those that were dropped before.
        """
        return self._drop_targets(targets, given=True)

    def drop_received(self, targets: Iterable[bytes]) -> int:
        """Forget how keys came; what was given to others stays, whatever it is called."""
        return self._drop_targets(targets, given=False)

    def _drop_targets(self, targets: Iterable[bytes], *, given: bool) -> int:
        dropped = 0
        with self._rows.transaction():
            for target in set(targets):
                for share in self._found(target=target):
                    if (share.kind in GIVEN) is given:
                        self._rows.drop("shares", share_id=share.share_id)
                        dropped += share.kind != FORMER
        return dropped

    def _found(self, *, consent: str | None = None, target: bytes | None = None) -> list[ShareRow]:
        rows = self._rows.all("shares", consent=consent, target=target)
        return [ShareRow(*row) for row in rows]

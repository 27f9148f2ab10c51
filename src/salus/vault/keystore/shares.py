"""Who was given what, and from whom what came: one row for each wrap.

Example:
    >>> from salus.vault.keystore import KeyStore, ShareRow
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.add_share(ShareRow(b"id", "0x01", "0xcd", "record", b"wrap id", b"a wrap"))
    >>> store.drop_shares(consent="0x01"), store.shares(), store.grantees(b"wrap id")
    (1, [], {'0xcd'})
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, replace

from salus.vault.keystore.heard import KnownConsents
from salus.vault.keystore.rows import FORMER, GIVEN, ShareRow


class Shares(KnownConsents):
    """The shares of a key store; used through `KeyStore`."""

    def add_share(self, row: ShareRow) -> None:
        """Remember a wrap that was made for somebody.

        Args:
            row: The wrap.
        """
        self._put("shares", astuple(row), otherwise="ABORT")

    def shares(self, *, consent: str | None = None, target: bytes | None = None) -> list[ShareRow]:
        """List the wraps that were made.

        Args:
            consent: Only those under this consent.
            target: Only those of this key.

        Returns:
            Wraps, by id, without those that were dropped.
        """
        found = self._shares(consent=consent, target=target)
        return [share for share in found if share.kind != FORMER]

    def grantees(self, target: bytes) -> set[str]:
        """Tell who was ever given a key: what was revoked may have been read before.

        Args:
            target: The record's wrap id, or the compartment's key id.

        Returns:
            Identities.
        """
        return {share.grantee for share in self._shares(target=target) if share.kind in GIVEN}

    def drop_shares(self, *, consent: str) -> int:
        """Forget the wraps made under a consent, but not who was given them.

        Args:
            consent: Its id.

        Returns:
            How many there were.
        """
        with self.transaction():
            dropped = self.shares(consent=consent)
            for share in dropped:
                if share.kind in GIVEN:
                    self._put("shares", astuple(replace(share, kind=FORMER, document=b"")))
                else:
                    self._drop("shares", share_id=share.share_id)
        return len(dropped)

    def drop_given(self, targets: Iterable[bytes]) -> int:
        """Forget the wraps of keys, and who was given them.

        Args:
            targets: Wrap ids of records, or key ids of compartments, of one's own.

        Returns:
            How many wraps there were, without those that were dropped before.
        """
        return self._drop_targets(targets, given=True)

    def drop_received(self, targets: Iterable[bytes]) -> int:
        """Forget how keys came; what was given to others stays, whatever it is called.

        Args:
            targets: What names the received keys.

        Returns:
            How many notes there were.
        """
        return self._drop_targets(targets, given=False)

    def _drop_targets(self, targets: Iterable[bytes], *, given: bool) -> int:
        dropped = 0
        with self.transaction():
            for target in set(targets):
                for share in self._shares(target=target):
                    if (share.kind in GIVEN) is given:
                        self._drop("shares", share_id=share.share_id)
                        dropped += share.kind != FORMER
        return dropped

    def _shares(self, *, consent: str | None = None, target: bytes | None = None) -> list[ShareRow]:
        return [ShareRow(*row) for row in self._all("shares", consent=consent, target=target)]

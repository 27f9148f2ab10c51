"""Keeping leaves for a stream's next checkpoint: in the log store, and in the key store first.

Example:
    >>> from salus.anchors.storing import Storing
    >>> Storing.contract_name
    'AnchorRegistry'
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.anchors.going_on import GoingOn
from salus.primitives.address import Address


class Storing(GoingOn):
    """What is kept of one's own leaves before anything is sent."""

    def store(self, stream: str, leaves: Sequence[bytes], *, issuer: Address | None = None) -> None:
        """Keep leaves for the stream's next checkpoint; nothing is sent.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.

        Raises:
            StorageError: The leaves cannot be stored; none was.
        """
        self._store(self._issuer(issuer, None), stream, leaves, expected=leaves)

    def store_missing(
        self, stream: str, leaves: Sequence[bytes], *, issuer: Address | None = None
    ) -> None:
        """Keep those of the leaves that the log lacks for the stream's next checkpoint.

        Args:
            stream: Its label.
            leaves: Salted commitments of 32 bytes each.
            issuer: Whose stream; the account's own identity unless told.

        Raises:
            StorageError: As for :meth:`store`.
        """
        who = self._issuer(issuer, None)
        missing = [each for each in leaves if not self.holds(stream, each, issuer=who)]
        self._store(who, stream, missing, expected=leaves)

    def holds(self, stream: str, leaf: bytes, *, issuer: Address | None = None) -> bool:
        """Tell whether a leaf is in the log, anchored or not.

        Args:
            stream: Its label.
            leaf: 32 bytes.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            True when it is.
        """
        return self._find(self._issuer(issuer, None), stream, leaf) is not None

    def number(self, stream: str, *, issuer: Address | None = None) -> int:
        """Tell which number of a stream is in use here.

        Args:
            stream: Its label.
            issuer: Whose stream; the account's own identity unless told.

        Returns:
            1, until it went on after a theft.
        """
        return self._logs.numbers(self._issuer(issuer, None), stream)[-1]

    def _store(
        self, who: Address, stream: str, leaves: Sequence[bytes], *, expected: Sequence[bytes]
    ) -> None:
        """Keep leaves in the log store, and in the key store all that this client expects there."""
        journal = self._journal

        def note(number: int) -> None:
            if journal is not None:
                journal.expect_leaves((self._chain.chain_id, who, stream, number), expected)

        self._logs.append_to(who, stream, leaves, note=note)

"""Whose key was met: the sealed digest of a key document, by a tag that names nobody.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.contacts.set(b"tag", b"sealed")
    >>> store.contacts.find(b"tag")
    b'sealed'
"""

from __future__ import annotations

from salus.vault.keystore.guarded import GuardedRows


class KnownKeys:
    """The table of contacts."""

    def __init__(self, rows: GuardedRows) -> None:
        self._rows = rows

    def find(self, tag: bytes) -> bytes | None:
        """Find what is remembered of somebody's key."""
        row = self._rows.one("contacts", tag=tag)
        return None if row is None else bytes(row[1])

    def set(self, tag: bytes, document: bytes) -> None:
        """Remember somebody's key in the place of what was remembered."""
        self._rows.put("contacts", (tag, document))

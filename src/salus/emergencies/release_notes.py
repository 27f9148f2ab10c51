"""The audit entries of a custodian's releases: kept before they are anchored, so that none is lost.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-releases", "memory:", keys=keys, chain_id=31337)
    >>> released = ReleaseNotes(vault.notebook("releases"))
    >>> released.keep(bytes(32), b"first"), released.keep(bytes(32), b"second")
    (b'first', b'first')
    >>> released.all()
    (b'first',)
"""

from __future__ import annotations

from salus.vault.database.notebook import Notebook


class ReleaseNotes:
    """One entry for each request that was granted, in a sealed notebook."""

    def __init__(self, notes: Notebook) -> None:
        self._notes = notes

    def keep(self, request: bytes, entry: bytes) -> bytes:
        """Keep the entry of a request, unless there is one: an anchored entry is never replaced.

        Args:
            request: The request's digest, 32 bytes.
        """
        with self._notes.transaction():
            kept = self._notes.get(request.hex())
            if kept is not None:
                return bytes.fromhex(kept)
            self._notes.put(request.hex(), entry.hex())
        return entry

    def all(self) -> tuple[bytes, ...]:
        """List the entries, by request.

        Raises:
            TamperedKeyDatabase: Somebody else wrote one.
        """
        return tuple(bytes.fromhex(each) for each in self._notes.all().values())

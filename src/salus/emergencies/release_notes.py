"""The audit entries of a custodian's releases: kept before they are anchored, so that none is lost.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-releases", "memory:", keys=keys, chain_id=31337)
    >>> vault.released.keep(bytes(32), b"first"), vault.released.keep(bytes(32), b"second")
    (b'first', b'first')
    >>> vault.released.all()
    (b'first',)
"""

from __future__ import annotations

from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.keystore.store import KeyStore

_PREFIX = "released/"


class ReleaseNotes:
    """One entry for each request that was granted, encrypted in the key store.

    Args:
        store: The key store.
        cipher: What protects it.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher) -> None:
        self._store = store
        self._cipher = cipher

    def keep(self, request: bytes, entry: bytes) -> bytes:
        """Keep the entry of a request, unless there is one: an anchored entry is never replaced.

        Args:
            request: The request's digest, 32 bytes.
            entry: Its exact bytes.

        Returns:
            The entry that counts: the first.
        """
        name = _PREFIX + request.hex()
        with self._store.transaction():
            sealed = self._store.notes.get(name)
            if sealed is not None:
                return self._cipher.unseal(sealed, about=name.encode())
            self._store.notes.set(name, self._cipher.seal(entry, about=name.encode()))
        return entry

    def all(self) -> tuple[bytes, ...]:
        """List the entries.

        Returns:
            Their exact bytes, by request.

        Raises:
            TamperedKeyStore: Somebody else wrote one.
        """
        return tuple(
            self._cipher.unseal(value, about=name.encode())
            for name, value in self._store.notes.named(_PREFIX)
        )

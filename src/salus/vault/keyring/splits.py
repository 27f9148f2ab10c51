"""Which key the recovery shares of an identity bring back: those of an older one are stale.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-splits", "memory:", keys=keys, chain_id=31337)
    >>> note_split(vault.database, keys)
    >>> split_is_stale(vault.database, keys)
    False
    >>> split_is_stale(vault.database, keys.rotate(created_at=1))
    True
"""

from __future__ import annotations

from salus.vault.database.key_database import KeyDatabase
from salus.vault.keys.identity_keys import IdentityKeys

_NOTEBOOK, _NEWEST = "recovery", "key"


def note_split(store: KeyDatabase, keys: IdentityKeys) -> None:
    """Remember which key was the newest when recovery shares were split."""
    store.notebook(_NOTEBOOK).put(_NEWEST, keys.document.digest.hex())


def split_is_stale(store: KeyDatabase, keys: IdentityKeys) -> bool:
    """Whether shares that were split bring back an older key; not where none ever were."""
    return store.notebook(_NOTEBOOK).get(_NEWEST) not in (None, keys.document.digest.hex())

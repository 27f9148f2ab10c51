"""Which key the recovery shares of an identity bring back: those of an older one are stale.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-splits", "memory:", keys=keys, chain_id=31337)
    >>> stored = []
    >>> _ = split_and_note(vault.database, keys, needed=2, shares=3, keep=stored.append)
    >>> split_is_stale(vault.database, keys)
    False
    >>> split_is_stale(vault.database, keys.rotate(created_at=1))
    True
"""

from __future__ import annotations

from collections.abc import Callable

from salus.vault.database.key_database import KeyDatabase
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_shares import SplitKeys, split_keys

_NOTEBOOK, _NEWEST = "recovery", "key"


def split_and_note(
    store: KeyDatabase,
    keys: IdentityKeys,
    *,
    needed: int,
    shares: int,
    keep: Callable[[SplitKeys], object],
) -> SplitKeys:
    """Split keys, and remember which was the newest once the shares are stored."""
    split = split_keys(keys, needed=needed, shares=shares)
    keep(split)
    store.notebook(_NOTEBOOK).put(_NEWEST, keys.document.digest.hex())
    return split


def split_is_stale(store: KeyDatabase, keys: IdentityKeys) -> bool:
    """Whether shares that were split bring back an older key; not where none ever were."""
    return store.notebook(_NOTEBOOK).get(_NEWEST) not in (None, keys.document.digest.hex())

"""The identity keys that a vault uses now: they are rotated while it is open, or beside it.

Example:
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> first = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> own, rotated = OwnKeys(first), first.rotate(created_at=1_900_000_000)
    >>> own.read_by(lambda: rotated)
    >>> own.look_again(rotated.document.id), own.now == rotated
    (True, True)
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from salus.errors import SalusError
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.vault.keys.identity_keys import IdentityKeys


class OwnKeys:
    """The keys of one identity, the newest known."""

    def __init__(self, keys: IdentityKeys) -> None:
        self._keys = keys
        self._read: Callable[[], IdentityKeys] | None = None

    @property
    def now(self) -> IdentityKeys:
        """The keys."""
        return self._keys

    @typed_arguments
    def require_same_owner(self, keys: IdentityKeys) -> None:
        """Refuse keys that open another key database, or are another identity's.

        Args:
            keys: The keys.

        Raises:
            InvalidArgument: They are.
        """
        held, same = self._keys, hmac.compare_digest(keys.store_key, self._keys.store_key)
        if keys.identity != held.identity or not same:
            raise InvalidArgument("keys", f"those of {held.identity} that this vault was opened by")

    @typed_arguments
    def take(self, keys: IdentityKeys) -> None:
        """Use these from now on.

        Args:
            keys: All of them, the newest first.

        Raises:
            InvalidArgument: They are of another identity or key database.
        """
        self.require_same_owner(keys)
        self._keys = keys

    @typed_arguments
    def read_by(self, read: Callable[[], IdentityKeys]) -> None:
        """Set how the keys are read again, where another process may have rotated them.

        Args:
            read: Reads their file, say.
        """
        self._read = read

    @typed_arguments
    def look_again(self, document: str) -> bool:
        """Find the key of a document, which another process may have made since.

        Args:
            document: The id of its key document.

        Returns:
            Whether it is held now.
        """
        if not self._keys.holds(document) and self._read is not None:
            try:
                found = self._read()
                if found.holds(document) or found.holds(self._keys.document.id):
                    self.take(found)  # newer, whether this document is among them or not
            except SalusError:  # moved, or under another passphrase: the key is not here
                return False
        return self._keys.holds(document)

    def __repr__(self) -> str:
        return f"OwnKeys({self._keys!r})"

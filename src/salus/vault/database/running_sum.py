"""One sum over all rows of a key database: it shows rows that were deleted, or put back.

A row's own seal says that its owner once wrote it; only the sum says that it belongs there now.
Each row adds a number that nobody else can compute, and the sum is encrypted, so that no other set
of rows can be fitted to a sum that somebody kept.

Example:
    >>> from salus.vault.database.running_sum import Running
    >>> from salus.vault.crypto.store_cipher import StoreCipher
    >>> cipher = StoreCipher(bytes(32), bytes(16))
    >>> empty = Running(cipher)
    >>> one = empty.plus(b"mark of a row")
    >>> Running.unseal(cipher, one.seal()) == one, one.minus(b"mark of a row").total
    (True, 0)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import StoreCipher

_ABOUT = b"running"
_SIZE, _COUNT = 32, 8
_MODULUS = 1 << (8 * _SIZE)


@dataclass(frozen=True, slots=True)
@typed
class Running:
    """The sum of the rows that belong in a key database."""

    cipher: StoreCipher = field(repr=False, compare=False)
    total: int = field(default=0, repr=False)
    changes: int = 0

    @classmethod
    def over(cls, cipher: StoreCipher, marks: Iterable[bytes], *, changes: int) -> Running:
        """The sum over all rows, by their marks."""
        total = sum(int.from_bytes(cipher.share(mark), "big") for mark in marks)
        return cls(cipher, total % _MODULUS, changes)

    def plus(self, mark: bytes) -> Running:
        """Count a row in, by its mark."""
        return replace(self, total=(self.total + self._share(mark)) % _MODULUS)

    def minus(self, mark: bytes) -> Running:
        """Count a row out, by its mark."""
        return replace(self, total=(self.total - self._share(mark)) % _MODULUS)

    @property
    def state(self) -> bytes:
        """What names this very set of rows to its owner, 32 bytes, and tells others nothing."""
        clear = self.total.to_bytes(_SIZE, "big") + self.changes.to_bytes(_COUNT, "big")
        return self.cipher.tag(b"state\x00" + clear)

    def seal(self) -> bytes:
        """Encrypt it, to be kept in the key database."""
        clear = self.total.to_bytes(_SIZE, "big") + self.changes.to_bytes(_COUNT, "big")
        return self.cipher.seal(clear, about=_ABOUT)

    @classmethod
    def unseal(cls, cipher: StoreCipher, sealed: bytes) -> Running:
        """Read what :meth:`seal` wrote.

        Raises:
            WrongKey: Somebody else wrote or changed it.
        """
        clear = cipher.unseal(sealed, about=_ABOUT)
        total, changes = clear[:_SIZE], clear[_SIZE:]
        return cls(cipher, int.from_bytes(total, "big"), int.from_bytes(changes, "big"))

    def _share(self, mark: bytes) -> int:
        return int.from_bytes(self.cipher.share(mark), "big")

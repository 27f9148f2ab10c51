"""Reads the fields of an encoding one after the other, and never past its end.

Example:
    >>> reader = TermsReader(bytes([7, 2, 1, 0]))
    >>> reader.byte("version"), reader.mask("purposes")
    (7, 256)
    >>> reader.expect_end()
"""

from __future__ import annotations

from salus.terms.errors import MalformedTerms

_SECONDS_BYTES = 8


class TermsReader:
    """A position in an encoding."""

    __slots__ = ("_at", "_encoding")

    def __init__(self, encoding: bytes) -> None:
        self._encoding, self._at = encoding, 0

    def take(self, length: int, what: str) -> bytes:
        """Read a fixed number of bytes."""
        end = self._at + length
        if end > len(self._encoding):
            raise MalformedTerms(reason=f"the encoding ends inside the {what}")
        taken = self._encoding[self._at : end]
        self._at = end
        return taken

    def byte(self, what: str) -> int:
        """Read one byte.

        Raises:
            MalformedTerms: the encoding ends before.
        """
        return self.take(1, what)[0]

    def mask(self, what: str) -> int:
        """Read a bit mask: its length in bytes, then the bytes, most significant first.

        Raises:
            MalformedTerms: the encoding ends before.
        """
        return int.from_bytes(self.take(self.byte(what), what), "big")

    def seconds(self) -> int:
        """Read an instant: seconds since 1970 (UTC), signed, 8 bytes, most significant first.

        Raises:
            MalformedTerms: the encoding ends before.
        """
        return int.from_bytes(self.take(_SECONDS_BYTES, "period"), "big", signed=True)

    def expect_end(self) -> None:
        """Check that nothing is left."""
        left = len(self._encoding) - self._at
        if left:
            raise MalformedTerms(reason=f"{left} bytes are left over")

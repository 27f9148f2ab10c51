"""Statements that the chain holds a salted digest of: a reason, a justification.

Example:
    >>> said = SaltedStatement.of("impurity found")
    >>> len(said.commitment), SaltedStatement.of("impurity found").commitment == said.commitment
    (32, False)
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from salus.primitives.values import typed
from salus_verify.encoding import canonical

KIND = "salus/statement/v1"


@dataclass(frozen=True, slots=True)
@typed
class SaltedStatement:
    """A text and its 32-byte salt, to be kept by who states it; its commitment goes on chain."""

    text: str = field(repr=False)
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> SaltedStatement:
        """Commit to a text with a fresh salt; health data, perhaps: it stays off chain."""
        return cls(text, secrets.token_bytes(32))

    @property
    def commitment(self) -> bytes:
        """SHA-256 of ``salus/statement/v1``, a zero byte, salt and text: 32 bytes."""
        return hashlib.sha256(KIND.encode() + b"\0" + self.salt + self.text.encode()).digest()

    def to_json(self) -> str:
        """What opens the commitment, for whoever shall read it: canonical JSON (RFC 8785)."""
        return canonical({"type": KIND, "text": self.text, "salt": self.salt.hex()}).decode()

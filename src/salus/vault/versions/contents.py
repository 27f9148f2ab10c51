"""Finding records of one's own by their content, without decrypting the others.

Commitments are salted, each with a salt of its own: they find nothing. So a keyed digest lies
beside each key, over the patient, media type, length and first MiB. Who lacks the store key learns
from it only which records of a patient begin alike. It is erased with the key.

Example:
    >>> from salus.vault.crypto.store_cipher import StoreCipher
    >>> cipher, first = StoreCipher(bytes(32), bytes(16)), Fingerprint("text/plain", 2, b"hi")
    >>> other, owner = Fingerprint("text/plain", 2, b"ho"), "0x" + "12" * 20
    >>> first.tag(cipher, owner) == other.tag(cipher, owner)
    False
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.key_database import KeyDatabase
from salus.vault.documents.record_keys import KeyringEntry
from salus.vault.errors import MissingKey
from salus.vault.keyring.keyring import Keyring
from salus_verify.encoding import canonical
from salus_verify.opening import PlaintextCommitment
from salus_verify.sources import Chunk

HEAD = 1 << 20
"""How much of a content a fingerprint is over; what is alike so far is compared whole."""


@dataclass(frozen=True, slots=True)
@typed
class Fingerprint:
    """What finds a content.

    Attributes:
        head: SHA-256 of its first MiB.
    """

    media_type: str
    size: int
    head: bytes = field(repr=False)

    @classmethod
    def of(cls, media_type: str, *, size: int, first: bytes) -> Fingerprint:
        """Make it from the first MiB of a content, or from all of a shorter one."""
        return cls(media_type, size, hashlib.sha256(first).digest())

    @typed_arguments
    def tag(self, cipher: StoreCipher, patient: Address) -> bytes:
        """Turn it into something to look for, for one patient's records."""
        said = [patient, self.media_type, str(self.size), self.head.hex()]
        return cipher.tag(b"content\x00" + canonical({"of": said}))


class HeadedCommitment(PlaintextCommitment):
    """A commitment that keeps the digest of the first MiB too."""

    def __init__(self, salt: bytes) -> None:
        super().__init__(salt)
        self._head = hashlib.sha256()
        self._room = HEAD

    def update(self, piece: Chunk) -> None:
        """Take the next bytes."""
        super().update(piece)
        if self._room:
            taken = memoryview(piece)[: self._room]
            self._head.update(taken)
            self._room -= len(taken)

    @property
    def head(self) -> bytes:
        """SHA-256 of the first MiB of what was taken."""
        return self._head.digest()


class Contents:
    """The records of one vault by what they hold."""

    def __init__(self, store: KeyDatabase, cipher: StoreCipher, ring: Keyring) -> None:
        self._store, self._cipher, self._ring = store, cipher, ring

    @typed_arguments
    def like(self, fingerprint: Fingerprint, *, patient: Address) -> Iterable[KeyringEntry]:
        """List one's own record versions that begin alike, but those encrypted again since."""
        tag = fingerprint.tag(self._cipher, patient)
        for row in self._store.records.all(self._ring.owner, content=tag):
            with suppress(MissingKey):
                yield self._ring.entries.find(row.record, row.version)

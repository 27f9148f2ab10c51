"""What protects a key database at rest: three keys, drawn for this one store from the identity's.

Example:
    >>> from salus.vault.crypto.store_cipher import StoreCipher
    >>> cipher = StoreCipher(bytes(32), bytes(16))
    >>> cipher.unseal(cipher.seal(b"manifest", about=b"row 7"), about=b"row 7")
    b'manifest'
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from salus.primitives.errors import InvalidArgument
from salus.primitives.secrets import never_pickled
from salus.vault.errors import WrongKey

KEY_SIZE = 32
_NONCE_SIZE = 12
_MARK_SIZE = 16


@never_pickled
class StoreCipher:
    """Encrypts rows, counts them, and finds what it does not name.

    Args:
        store_key: 32 random bytes of `IdentityKeys`.
    """

    def __init__(self, store_key: bytes, store_id: bytes) -> None:
        if len(store_key) != KEY_SIZE:
            raise InvalidArgument("store key", f"{KEY_SIZE} bytes")
        self._sealing = AESGCM(_derive(store_key, store_id, b"seal"))
        self._finding = _derive(store_key, store_id, b"find")
        self._summing = _derive(store_key, store_id, b"sum")

    def seal(self, clear: bytes, *, about: bytes) -> bytes:
        """Encrypt a value of the store."""
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._sealing.encrypt(nonce, clear, about)

    def unseal(self, sealed: bytes, *, about: bytes) -> bytes:
        """Decrypt a value of the store.

        Raises:
            WrongKey: It was encrypted under another store key, for another row, or was changed.
        """
        try:
            return self._sealing.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], about)
        except (InvalidTag, ValueError):
            raise WrongKey("this row of the key database") from None

    def tag(self, value: bytes) -> bytes:
        """Turn a value into something to look for that tells nobody the value.

        Returns:
            32 bytes: HMAC-SHA-256.
        """
        return hmac.digest(self._finding, value, hashlib.sha256)

    def share(self, mark: bytes) -> bytes:
        """What a row adds to the sum over all rows, by which a row that is missing shows.

        Returns:
            32 bytes: HMAC-SHA-256.
        """
        return hmac.digest(self._summing, mark, hashlib.sha256)

    def marked_salt(self) -> bytes:
        """Draw the salt of a new blob, by which its maker, and nobody else, knows it again.

        Returns:
            16 random bytes and 16 of an HMAC over them: to all others, 32 random bytes.
        """
        drawn = os.urandom(_MARK_SIZE)
        return drawn + self._mark(drawn)

    def is_marked(self, salt: bytes) -> bool:
        """Return whether a blob's salt was drawn here.

        Args:
            salt: 32 bytes of a blob's header.
        """
        return hmac.compare_digest(self._mark(salt[:_MARK_SIZE]), salt[_MARK_SIZE:])

    def _mark(self, drawn: bytes) -> bytes:
        return self.tag(b"blob\x00" + drawn)[:_MARK_SIZE]


def wrap_key(wrapping_key: bytes, secret: bytes) -> bytes:
    """Wrap key material under another key (AES-KW, RFC 3394).

    Args:
        secret: A multiple of 8 bytes, at least 16.

    Returns:
        8 bytes more than the secret.
    """
    return aes_key_wrap(wrapping_key, secret)


def unwrap_key(wrapping_key: bytes, wrapped: bytes, *, what: str) -> bytes:
    """Unwrap key material.

    Raises:
        WrongKey: It was wrapped under another key, or was changed.
    """
    try:
        return aes_key_unwrap(wrapping_key, wrapped)
    except (InvalidUnwrap, ValueError):
        raise WrongKey(what) from None


def _derive(store_key: bytes, store_id: bytes, purpose: bytes) -> bytes:
    info = b"salus/vault/key-store/v1\x00" + purpose
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=store_id, info=info).derive(store_key)

"""Sealing to a public key, safe against those who record today and decrypt in twenty years.

HPKE (RFC 9180, base mode, one message a context) with X-Wing, which holds as long as either
ML-KEM-768 or X25519 does. The post-quantum text is a draft still: the suite has a versioned id, and
another one can stand beside it.

Example:
    >>> from salus.vault.crypto.hpke import generate_seed, open_sealed, public_key, seal
    >>> seed = generate_seed()
    >>> sealed = seal(public_key(seed), info=b"why and for whom", plaintext=b"a record key")
    >>> open_sealed(seed, info=b"why and for whom", sealed=sealed)
    b'a record key'
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from salus.primitives.errors import InvalidArgument
from salus.vault.errors import WrongRecipient
from salus_verify.fields import Fields

SUITE = "hpke-xwing-hkdfsha256-aes256gcm/v1"
SEED_SIZE = 32
PUBLIC_KEY_SIZE = 1216
ENCAPSULATION_SIZE = 1120

_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_SEED_SIZE = 64
_FIELD = 2**255 - 19
"""Numbers up to it are read as others too, and so is one with the highest bit (RFC 7748, 5)."""
_ANY_KEY = X25519PrivateKey.from_private_bytes(bytes([1] * 32))
"""Of nobody: with it a point of small order, which every sender shares, shows itself."""
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def require_suite(fields: Fields) -> None:
    """Refuse a document that is sealed, or wants to be sealed to, by another suite."""
    if fields.text("suite") != SUITE:
        fields.fail(f"its suite is not {SUITE}")


def generate_seed() -> bytes:
    """Make a new decryption key.

    Returns:
        32 random bytes, from the operating system: never from a wallet signature, which others can
        ask for again.
    """
    return os.urandom(SEED_SIZE)


def public_key(seed: bytes) -> bytes:
    """The public key of a decryption key.

    Returns:
        1,216 bytes: ML-KEM-768, then X25519.

    Raises:
        InvalidArgument: The seed has another length.
    """
    mlkem, x25519 = _private_parts(seed)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def is_public_key(raw: bytes) -> bool:
    """Whether bytes are a public key of this suite: both halves are keys, and none is nothing.

    Each key has one spelling: what is sealed to another one of X25519's half opens with no key.
    """
    mlkem, x25519 = raw[:_MLKEM_PUBLIC_SIZE], raw[_MLKEM_PUBLIC_SIZE:]
    if len(raw) != PUBLIC_KEY_SIZE or not any(mlkem):
        return False
    if int.from_bytes(x25519, "little") >= _FIELD:
        return False
    try:
        MLKEM768PublicKey.from_public_bytes(mlkem)
        _ANY_KEY.exchange(X25519PublicKey.from_public_bytes(x25519))
    except ValueError:
        return False
    return True


def seal(recipient: bytes, *, info: bytes, plaintext: bytes) -> bytes:
    """Seal to a public key.

    Args:
        recipient: The public key, 1,216 bytes.
        info: What the sealed bytes are for and who made them for whom; who opens must say the same.

    Returns:
        The encapsulation (1,120 bytes), the ciphertext and its tag (16 bytes).

    Raises:
        InvalidArgument: The public key is not of this suite.
    """
    if len(recipient) != PUBLIC_KEY_SIZE:
        raise InvalidArgument("public key", f"{PUBLIC_KEY_SIZE} bytes")
    try:
        key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(recipient[:_MLKEM_PUBLIC_SIZE]),
            X25519PublicKey.from_public_bytes(recipient[_MLKEM_PUBLIC_SIZE:]),
        )
        return _SUITE.encrypt(plaintext, key, info)
    except ValueError:
        raise InvalidArgument("public key", f"a key of the suite {SUITE}") from None


def open_sealed(seed: bytes, *, info: bytes, sealed: bytes) -> bytes:
    """Open what was sealed to one's public key.

    Args:
        seed: The decryption key, 32 bytes.

    Raises:
        InvalidArgument: The seed has another length.
        WrongRecipient: It was sealed to another key, under another ``info``, or was changed.
    """
    try:
        return _SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(*_private_parts(seed)), info)
    except (InvalidTag, ValueError):
        raise WrongRecipient("what was sealed") from None


def _private_parts(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """X-Wing's key expansion: SHAKE-256 of the seed gives both private keys."""
    if len(seed) != SEED_SIZE:
        raise InvalidArgument("seed", f"{SEED_SIZE} bytes")
    expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED_SIZE + 32)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_SIZE]),
        X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_SIZE:]),
    )

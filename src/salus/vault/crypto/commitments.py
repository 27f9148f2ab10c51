"""What a record version's ciphertext is bound to: its context, and its key.

`salus_verify.opening` holds what its anchored leaf is bound to.

Example:
    >>> len(record_context(bytes(16), version=1, chain_id=31337))
    40
"""

from __future__ import annotations

import hmac

from salus.primitives.errors import InvalidArgument
from salus.vault.errors import WrongKey
from salus_verify.erasure_receipt import RECORD_ID_SIZE

_CONTEXT = b"SALUSAD\x01"
_KEY = b"salus/vault/key-commitment/v1\x00"


def record_context(record_id: bytes, version: int, chain_id: int) -> bytes:
    """The associated data of a record version's ciphertext.

    Args:
        record_id: 16 bytes.

    Returns:
        40 bytes: ``SALUSAD`` and 0x01, the record id, the version and the chain id, both as eight
        bytes big-endian.

    Raises:
        InvalidArgument: A value does not fit.
    """
    if len(record_id) != RECORD_ID_SIZE:
        raise InvalidArgument("record id", f"{RECORD_ID_SIZE} bytes")
    if not 1 <= version < 1 << 53 or not 1 <= chain_id < 1 << 53:
        raise InvalidArgument("version and chain id", "from 1 to 2**53 - 1")
    return _CONTEXT + record_id + version.to_bytes(8, "big") + chain_id.to_bytes(8, "big")


def commit_key(key: bytes) -> bytes:
    """Commit to a record key, because GCM alone lets one ciphertext open under two keys.

    Args:
        key: The record's key, 32 bytes.

    Returns:
        32 bytes: HMAC-SHA-256 of the label under the key.
    """
    return hmac.digest(key, _KEY, "sha256")


def check_key(key: bytes, commitment: bytes) -> None:
    """Refuse a key that a manifest does not commit to, before anything is decrypted with it.

    Args:
        key: The record's key, 32 bytes.

    Raises:
        WrongKey: They do not belong together.
    """
    if not hmac.compare_digest(commit_key(key), commitment):
        raise WrongKey("this record version")

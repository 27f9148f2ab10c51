"""Losing the laptop: identity keys that come back from shares held by others.

The keys are encrypted under a secret that exists only in the shares. The document can lie anywhere,
and tells nobody anything; enough shares without it, or it without enough shares, are worthless.

Example:
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keys.key_shares import recover_keys, split_keys
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> recovery = split_keys(keys, needed=2, shares=3)
    >>> recover_keys(recovery.document, recovery.shares[:2]) == keys
    True
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed
from salus.vault.crypto.shares import SECRET_SIZE, recombine, split
from salus.vault.errors import MalformedKeyFile
from salus.vault.keys.encrypted_keys import keys_of
from salus.vault.keys.identity_keys import MOST_BYTES, IdentityKeys
from salus_verify.encoding import base64url, canonical
from salus_verify.fields import Fields

RECOVERY_TYPE = "salus/recovery/v1"
_CIPHER = "hkdf-sha256-aes-256-gcm"
_NONCE_SIZE = 12


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class SplitKeys:
    """What to give away, so that it can come back.

    Attributes:
        document: The encrypted keys: keep it where it is not lost with them.
        shares: One for each guardian, 33 words each; keep none yourself.
    """

    document: bytes
    shares: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
@typed
class Recovered:
    """Keys that came back, and which shares were no part of them."""

    keys: IdentityKeys
    wrong: tuple[int, ...]


@typed_arguments
def split_keys(keys: IdentityKeys, *, needed: int, shares: int) -> SplitKeys:
    """Prepare for the day when the keys are lost. Do it again after each rotation.

    Args:
        keys: What to protect.
        needed: How many shares give them back.
        shares: How many there are, at most 16.

    Returns:
        Document and shares; earlier shares keep opening the earlier document.

    Raises:
        InvalidArgument: The numbers do not fit.
    """
    secret, nonce = os.urandom(SECRET_SIZE), os.urandom(_NONCE_SIZE)
    words = split(secret, needed=needed, shares=shares)
    header = _header(keys.identity, nonce)
    sealed = _cipher(secret).encrypt(nonce, keys.to_secret_bytes(), canonical(header))
    return SplitKeys(canonical({**header, "ciphertext": base64url(sealed)}), words)


def recover_keys(document: bytes, shares: Iterable[str]) -> IdentityKeys:
    """Get the keys back.

    Args:
        document: A ``salus/recovery/v1`` document.
        shares: Enough of the shares that were made with it.

    Returns:
        The keys.

    Raises:
        MalformedKeyFile: The document does not follow its format.
        SharesRefused: The shares are too few, mistyped, or of another document.
    """
    return recover(document, shares).keys


def recover(document: bytes, shares: Iterable[str]) -> Recovered:
    """Get the keys back, and learn which shares were wrong.

    Raises:
        SharesRefused: Too few of the shares are of this document.
    """
    fields = Fields.parse(document, kind=RECOVERY_TYPE, error=MalformedKeyFile, longest=MOST_BYTES)
    owner, cipher = fields.address("identity"), fields.nested("cipher")
    if cipher.text("name") != _CIPHER:
        fields.fail(f"it is not protected by {_CIPHER}")
    nonce = cipher.data("nonce", size=_NONCE_SIZE)
    sealed = fields.data("ciphertext", longest=MOST_BYTES)
    cipher.end()
    fields.end()
    header = canonical(_header(owner, nonce))

    def opens(secret: bytes) -> bool:
        try:
            return bool(_cipher(secret).decrypt(nonce, sealed, header))
        except InvalidTag:
            return False

    found = recombine(shares, fits=opens, of="recovery document")
    clear = _cipher(found.secret).decrypt(nonce, sealed, header)
    return Recovered(keys_of(owner, clear), found.wrong)


def _cipher(secret: bytes) -> AESGCM:
    info = b"salus/vault/recovery/v1\x00"
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret))


def _header(owner: Address, nonce: bytes) -> dict[str, Any]:
    return {
        "type": RECOVERY_TYPE,
        "identity": lower_case(owner),
        "cipher": {"name": _CIPHER, "nonce": base64url(nonce)},
    }

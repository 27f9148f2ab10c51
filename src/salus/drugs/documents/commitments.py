"""The layouts that a contract and every partner must reproduce, version 1.

``||`` joins bytes, text is ASCII, lengths are one byte::

    salt       = HMAC-SHA256(lot secret, "salus/pack-salt/v1" || 0x00 || serial)
    commitment = SHA-256("salus/pack" || 0x01 || GTIN (14) || length of lot || lot
                         || length of serial || serial || salt)
    leaf       = SHA-256(0x00 || commitment)                     RFC 9162, section 2.1.1

Leaves stand in the byte order of their serials; the tree's size is the lot's quantity.

Example:
    >>> from salus.gs1 import Gtin, LotNumber, Serial
    >>> salt = pack_salt(bytes(32), Serial("A1"))
    >>> pack_commitment(
    ...     Gtin("09506000134352"), LotNumber("AB-12"), serial=Serial("A1"), salt=salt).hex()[:16]
    'd4986e4d8fc19674'
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from hashlib import sha256

from salus.gs1.fields import LotNumber, Serial
from salus.gs1.identification_keys import Gtin
from salus.primitives.arguments import typed_arguments

SECRET_BYTES = 32

_SALT_LABEL = b"salus/pack-salt/v1\x00"
_PACK_LABEL = b"salus/pack\x01"


@typed_arguments
def pack_salt(secret: bytes, serial: Serial) -> bytes:
    """Derive the 32-byte salt of one pack from its lot's secret.

    Whoever has the salt can test a guess of this serial, and of no other.
    """
    return hmac.digest(secret, _SALT_LABEL + serial.value.encode("ascii"), "sha256")


@typed_arguments
def pack_commitment(gtin: Gtin, lot: LotNumber, *, serial: Serial, salt: bytes) -> bytes:
    """Commit to one pack in 32 bytes; the contract's ``commitment``."""
    return sha256(_prefix(gtin, lot) + _sized(serial.value.encode("ascii")) + salt).digest()


def lot_commitments(
    gtin: Gtin, lot: LotNumber, *, serials: Iterable[str], secret: bytes
) -> Iterator[bytes]:
    """Commit to every pack of a lot, one after the other, holding none of them."""
    # A keyed state is copied for each pack: deriving it anew doubles the time of a large lot.
    keyed = hmac.new(secret, _SALT_LABEL, "sha256")
    prefix = _prefix(gtin, lot)
    for serial in serials:
        name = serial.encode("ascii")
        salted = keyed.copy()
        salted.update(name)
        yield sha256(prefix + _sized(name) + salted.digest()).digest()


def _prefix(gtin: Gtin, lot: LotNumber) -> bytes:
    return _PACK_LABEL + gtin.value.encode("ascii") + _sized(lot.value.encode("ascii"))


def _sized(data: bytes) -> bytes:
    return bytes((len(data),)) + data

"""Who signed: the account whose secp256k1 key made a signature, and what an issuer signs.

Everything here is public, so that nothing has to take the same time for every value.

Example:
    >>> recover(bytes(32), bytes(65)) is None
    True
"""

from __future__ import annotations

from typing import TypeAlias

from salus_verify.encoding import keccak

# SEC 2, section 2.4.1: y**2 = x**3 + 7 over the field of _P elements; _G generates _N points.
_P = 2**256 - 2**32 - 977
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Point: TypeAlias = tuple[int, int] | None
"""None is the point at infinity."""

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId)"
_STATEMENT = b"Statement(string kind,address author,bytes32 contentDigest)"


def statement_digest(kind: str, author: bytes, content: bytes, chain_id: int) -> bytes:
    """What an issuer signs (EIP-712): I vouch for the content of this kind that has this digest.

    Args:
        author: The identity that vouches, 20 bytes.
        content: SHA-256 of the exact bytes vouched for, 32 bytes.
    """
    name, version = keccak(b"Salus Vault"), keccak(b"1")
    domain = keccak(keccak(_DOMAIN) + name + version + chain_id.to_bytes(32, "big"))
    said = keccak(keccak(_STATEMENT) + keccak(kind.encode()) + author.rjust(32, b"\0") + content)
    return keccak(b"\x19\x01" + domain + said)


def recover(digest: bytes, signature: bytes) -> bytes | None:
    """Find the account that signed, taking only the one form of a signature that contracts take.

    Args:
        digest: What was signed, 32 bytes.

    Returns:
        20 bytes; None where no account can have made it: another length, a high s, another v.
    """
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    if not (0 < r < _N and 0 < s <= _N // 2):
        return None
    square = (r**3 + 7) % _P
    root = pow(square, (_P + 1) // 4, _P)
    if root * root % _P != square:
        return None
    point = (r, root if root % 2 == signature[64] - 27 else _P - root)
    inverse = pow(r, -1, _N)
    shown = -int.from_bytes(digest, "big") * inverse % _N
    key = _add(_times(s * inverse % _N, point), _times(shown, _G))
    if key is None:
        return None
    return keccak(key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big"))[12:]


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % _P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, _P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _P)
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def _times(count: int, point: Point) -> Point:
    total: Point = None
    while count:
        if count & 1:
            total = _add(total, point)
        point, count = _add(point, point), count >> 1
    return total

"""Raw transactions: written and signed here, read, and compared with what was to be signed.

The bytes are those that eth_account makes, in a tenth of its time.

Example:
    >>> from salus.chain.signing.signers import Account
    >>> fields = {"to": "0x" + "11" * 20, "data": b"", "value": 1, "nonce": 0, "gas": 21000}
    >>> fields |= {"chainId": 1, "gasPrice": 5}
    >>> me = Account.create()
    >>> require_same(me.sign_transaction(fields)[0], fields, sender=me.address)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from salus.chain.errors import SignatureMismatch
from salus.chain.signing.verifying import HALF_ORDER
from salus.errors import InputError
from salus_verify import rlp
from salus_verify.address import checksummed
from salus_verify.encoding import hex0x, keccak, octets_of

_DYNAMIC = (
    "chainId",
    "nonce",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gas",
    "to",
    "value",
    "data",
)
"""Fields of a transaction of type 2, in their order (EIP-1559)."""
_LEGACY = ("nonce", "gasPrice", "gas", "to", "value", "data")
"""Those of one from before it; its chain is in the signature (EIP-155)."""
_NAMES = {True: frozenset({*_DYNAMIC, "type"}), False: frozenset({*_LEGACY, "chainId"})}
"""All that a transaction of type 2 may have, and all that an older one has."""

_DATA = re.compile("0x(?:[0-9a-fA-F]{2})*")

SignDigest: TypeAlias = Callable[[bytes], tuple[int, int, int]]
"""From a digest to the recovery bit, r and s; s is the low one of the two."""
SignContent: TypeAlias = Callable[[bytes], tuple[int, int, int]]
"""The same from the bytes whose keccak256 is the digest."""


def signing(secret: bytes) -> SignDigest:
    """Prepare a key for many signatures: in C where coincurve is installed, the same bytes."""
    try:
        from coincurve import PrivateKey
    except ImportError:
        return _in_python(secret)
    key = PrivateKey(secret)

    def sign(digest: bytes) -> tuple[int, int, int]:
        made = key.sign_recoverable(digest, hasher=None)
        return made[64], int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big")

    return sign


def _in_python(secret: bytes) -> SignDigest:
    from eth_keys.datatypes import PrivateKey

    key = PrivateKey(secret)

    def sign(digest: bytes) -> tuple[int, int, int]:
        return key.sign_msg_hash(digest).vrs

    return sign


def is_plain(fields: Mapping[str, Any]) -> bool:
    """Whether :func:`signed` signs these: all its fields, each of its type, and none beside."""
    names = _NAMES["maxFeePerGas" in fields]
    if not names - {"type"} <= fields.keys() <= names or fields.get("type", 2) != 2:
        return False
    for name, value in fields.items():
        if name not in ("to", "data") and not (type(value) is int and 0 <= value < 2**256):
            return False
    to, data = fields["to"], fields["data"]
    if isinstance(data, str) and _DATA.fullmatch(data) is None:
        return False
    return isinstance(data, str | bytes) and _is_checksummed(to)


def _is_checksummed(to: object) -> bool:
    address = hex0x(to) if isinstance(to, bytes) else to
    if not isinstance(address, str) or len(address) != 42:
        return False
    return _DATA.fullmatch(address) is not None and checksummed(octets_of(address)) == address


def signed(fields: Mapping[str, Any], sign: SignDigest) -> bytes:
    """Sign a transaction of type 2 (EIP-1559), or one from before it for one chain (EIP-155)."""
    return signed_content(fields, lambda content: sign(keccak(content)))


def signed_content(fields: Mapping[str, Any], sign: SignContent) -> bytes:
    """Sign as :func:`signed` does, with what hashes for itself."""
    if "maxFeePerGas" in fields:
        return _sign_dynamic(fields, sign)
    return _sign_legacy([_plain(fields[name]) for name in _LEGACY], fields["chainId"], sign)


def _sign_dynamic(fields: Mapping[str, Any], sign: SignContent) -> bytes:
    values = [_number(fields[name]) for name in _DYNAMIC[:5]]
    values += [rlp.encode(_plain(fields["to"])), _number(fields["value"])]
    values += [rlp.encode(_plain(fields["data"])), b"\xc0"]  # no access list
    content = b"".join(values)
    v, r, s = sign(b"\x02" + _listed(content))
    return b"\x02" + _listed(content + _number(v) + _number(r) + _number(s))


def _number(value: int) -> bytes:
    """A number of at most 256 bits in RLP."""
    if value < 0x80:
        return bytes((value or 0x80,))
    size = (value.bit_length() + 7) >> 3
    return bytes((0x80 + size,)) + value.to_bytes(size, "big")


def _listed(content: bytes) -> bytes:
    """A list in RLP, of items that are in RLP already."""
    size = len(content)
    if size < 56:
        return bytes((0xC0 + size,)) + content
    length = size.to_bytes((size.bit_length() + 7) >> 3, "big")
    return bytes((0xF7 + len(length),)) + length + content


def _sign_legacy(values: list[rlp.Item], chain_id: int, sign: SignContent) -> bytes:
    v, r, s = sign(rlp.encode([*values, _plain(chain_id), b"", b""]))
    return rlp.encode([*values, _plain(35 + 2 * chain_id + v), _plain(r), _plain(s)])


def require_plain(fields: Mapping[str, Any]) -> None:
    """Refuse what :func:`require_same` could not compare with what a key held elsewhere signs.

    Raises:
        InputError: There is such a field, or one is missing or of another type.
    """
    if not is_plain(fields):
        names = ", ".join(dict.fromkeys((*_DYNAMIC, *_LEGACY)))
        raise InputError(
            "a key held elsewhere signs plain transactions alone, since nothing else could be"
            f" compared with what it signs: give {names}, as far as its type has them"
        )


def require_same(raw: bytes, wanted: Mapping[str, Any], *, sender: str) -> None:
    """Refuse a signed transaction that is another than was to be signed, or another account's.

    Raises:
        SignatureMismatch: It is; which field differs is in the message.
    """
    from eth_account import Account

    try:
        said = _fields(raw)
        if int.from_bytes(said.pop("s"), "big") > HALF_ORDER:  # EIP-2: no node takes it
            raise ValueError("s is in the upper half")
        signer = str(Account.recover_transaction(raw))
    except Exception:  # whatever the decoders make of bytes that are not a transaction
        raise SignatureMismatch(signer=sender, reason="it made no transaction") from None
    names = _DYNAMIC if "maxFeePerGas" in wanted else _LEGACY
    differ = [name for name in names if said.get(name) != _plain(wanted[name])]
    if differ:
        reason = f"it signed a transaction with another {', '.join(differ)}"
        raise SignatureMismatch(signer=sender, reason=reason)
    if signer != sender:
        raise SignatureMismatch(signer=sender, reason=f"{signer} signed the transaction")
    if names is _LEGACY and said["v"] not in (
        35 + 2 * wanted["chainId"],
        36 + 2 * wanted["chainId"],
    ):
        raise SignatureMismatch(signer=sender, reason="it signed for another chain")


def require_same_act(raw: bytes, wanted: Mapping[str, Any], *, sender: str) -> None:
    """Refuse what :func:`require_same` refuses, whatever it offers for each gas.

    Raises:
        SignatureMismatch: It is another act, of another nonce, chain or account.
    """
    try:
        tip, ceiling = prices_of(raw)
    except Exception:  # whatever the decoders make of bytes that are not a transaction
        raise SignatureMismatch(signer=sender, reason="it made no transaction") from None
    prices = {"maxPriorityFeePerGas": tip, "maxFeePerGas": ceiling}
    require_same(raw, {**wanted, **(prices if raw[0] == 2 else {"gasPrice": tip})}, sender=sender)


def prices_of(raw: bytes) -> tuple[int, int]:
    """Priority fee and highest price for each gas, in wei; before EIP-1559 they are one."""
    said = _fields(raw)
    names = ("maxPriorityFeePerGas", "maxFeePerGas") if raw[0] == 2 else ("gasPrice", "gasPrice")
    tip, ceiling = (int.from_bytes(said[name], "big") for name in names)
    return tip, ceiling


def gas_of(raw: bytes) -> int:
    """The most gas that a transaction may use."""
    return int.from_bytes(_fields(raw)["gas"], "big")


def _fields(raw: bytes) -> dict[str, Any]:
    """Read a transaction's fields, each as RLP has it."""
    decoded: Any = rlp.decode(raw[1:] if raw[0] == 2 else raw)
    if raw[0] == 2:
        *values, access, _, _, s = decoded
        if access:
            raise ValueError("an access list was not asked for")
        return {**dict(zip(_DYNAMIC, values, strict=True)), "s": s}
    *values, v, _, s = decoded
    return {**dict(zip(_LEGACY, values, strict=True)), "v": int.from_bytes(v, "big"), "s": s}


def _plain(value: Any) -> bytes:
    """A field as RLP has it."""
    if isinstance(value, int):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    return octets_of(value) if isinstance(value, str) else bytes(value)

"""EIP-712 hashes of messages with plain members, as signed acts have them: in a tenth of the time.

What is not plain (nested structs, arrays, values in another spelling) is left to eth_account, which
knows how to refuse it. A property test holds both to the same bytes.

Example:
    >>> plain_encoded({"types": {}, "primaryType": "Mail", "domain": {}, "message": {}}) is None
    True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeAlias

from salus_verify.address import checksummed
from salus_verify.encoding import keccak, octets_of

DOMAIN = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
"""The domain that the contracts have."""
Members: TypeAlias = tuple[tuple[str, str], ...]
_ToWord: TypeAlias = Callable[[Any], bytes]
_UINT = re.compile(r"uint([1-9][0-9]{0,2})")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


class _NotPlain(Exception):
    """Somebody else looks at this value."""


def plain_encoded(typed: Mapping[str, Any]) -> bytes | None:
    """The bytes that are hashed and signed of a full message; None where it is not plain."""
    try:
        types, primary = typed["types"], typed["primaryType"]
        if types.keys() != {"EIP712Domain", primary} or typed.keys() != _WHOLE:
            return None
        if _members(types["EIP712Domain"]) != DOMAIN:
            return None
        domain, message = typed["domain"], typed["message"]
        if domain.keys() != _DOMAIN_NAMES or type(domain["chainId"]) is not int:
            return None
        separator = _separator(*[domain[name] for name, _ in DOMAIN])
        return b"\x19\x01" + separator + _hashed(primary, _members(types[primary]), message)
    except (_NotPlain, AttributeError, KeyError, TypeError):
        return None


_WHOLE = {"types", "primaryType", "domain", "message"}
_DOMAIN_NAMES = {name for name, _ in DOMAIN}


def _members(told: Sequence[Mapping[str, str]]) -> Members:
    members = tuple([(each["name"], each["type"]) for each in told])
    if any(len(each) != 2 for each in told):
        raise _NotPlain
    return members


@lru_cache(maxsize=64)
def _separator(*values: Any) -> bytes:
    return _hashed("EIP712Domain", DOMAIN, dict(zip(_names(DOMAIN), values, strict=True)))


@cache
def _names(members: Members) -> tuple[str, ...]:
    return tuple(name for name, _ in members)


def _hashed(primary: str, members: Members, message: Mapping[str, Any]) -> bytes:
    type_hash, words = _plan(primary, members)
    if len(message) != len(words):
        raise _NotPlain
    return keccak(type_hash + b"".join([word(message[name]) for name, word in words]))


@lru_cache(maxsize=256)
def _plan(primary: str, members: Members) -> tuple[bytes, tuple[tuple[str, _ToWord], ...]]:
    inner = ",".join(f"{kind} {name}" for name, kind in members)
    words = tuple((name, _word(kind)) for name, kind in members)
    if len(dict(words)) < len(words) or not all(map(str.isidentifier, (primary, *dict(words)))):
        raise _NotPlain
    return keccak(f"{primary}({inner})".encode()), words


def _word(kind: str) -> _ToWord:
    uint = _UINT.fullmatch(kind)
    if uint and int(uint[1]) <= 256 and int(uint[1]) % 8 == 0:
        return _number(1 << int(uint[1]))
    found = {"address": _address, "bytes32": _bytes32, "bool": _flag}.get(kind)
    found = found or {"bytes": _bytes, "string": _text}.get(kind)
    if found is None:
        raise _NotPlain
    return found


def _number(most: int) -> _ToWord:
    def word(value: Any) -> bytes:
        if type(value) is not int or not 0 <= value < most:
            raise _NotPlain
        return value.to_bytes(32, "big")

    return word


def _address(value: Any) -> bytes:
    if type(value) is not str or not _ADDRESS.fullmatch(value):
        raise _NotPlain
    raw = octets_of(value)
    if checksummed(raw) != value:
        raise _NotPlain
    return bytes(12) + raw


def _bytes32(value: Any) -> bytes:
    if type(value) is not bytes or len(value) != 32:
        raise _NotPlain
    return value


def _flag(value: Any) -> bytes:
    if type(value) is not bool:
        raise _NotPlain
    return value.to_bytes(32, "big")


def _bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise _NotPlain
    return keccak(value)


def _text(value: Any) -> bytes:
    if type(value) is not str:
        raise _NotPlain
    try:
        return keccak(value.encode())
    except UnicodeEncodeError:
        raise _NotPlain from None

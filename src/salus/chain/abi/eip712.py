"""EIP-712 types of every act that can be signed, exactly as the contracts hash them.

Example:
    >>> types("RevokeConsent")["RevokeConsent"][1]
    {'name': 'consentId', 'type': 'bytes32'}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from salus.chain.abi.codec import checked
from salus.chain.abi.eip712_hashing import DOMAIN, plain_encoded
from salus.chain.errors import ArgumentsInvalid
from salus.contracts.specs import SPECS
from salus_verify.encoding import keccak

DOMAIN_VERSION = "1"
"""Version of the signing domain of every contract of this generation."""

ENCODINGS: Mapping[str, tuple[str, ...]] = {spec.name: spec.signed for spec in SPECS}
"""By contract, the encoded type of each act (EIP-712, definition of ``encodeType``)."""

_DOMAIN = [{"name": name, "type": kind} for name, kind in DOMAIN]
_STRUCT = re.compile(r"(\w+)\(([^)]*)\)")


@cache
def types(primary_type: str) -> dict[str, list[dict[str, str]]]:
    """Members by struct of one act, nested structs included, without the domain's."""
    for encoding in (each for encodings in ENCODINGS.values() for each in encodings):
        if encoding.startswith(f"{primary_type}("):
            return {name: _members(inner) for name, inner in _STRUCT.findall(encoding)}
    raise ArgumentsInvalid(function=primary_type, reason="no contract takes such a signed act")


def typed_data(
    domain: Mapping[str, Any], primary_type: str, message: dict[str, Any]
) -> dict[str, Any]:
    """The full EIP-712 message of an act: types, primaryType, domain, message.

    The domain's name says which contract; ``deadline`` (Unix seconds) is one of the values.
    """
    if not any(each.startswith(f"{primary_type}(") for each in ENCODINGS.get(domain["name"], ())):
        raise ArgumentsInvalid(
            function=primary_type, reason=f"{domain['name']} takes no such signed act"
        )
    wanted = [each["name"] for each in types(primary_type)[primary_type]]
    if sorted(message) != sorted(wanted):
        raise ArgumentsInvalid(function=primary_type, reason=f"it signs {', '.join(wanted)}")
    try:
        _check(types(primary_type), primary_type, message)
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentsInvalid(function=primary_type, reason=f"{error}") from None
    return {
        "types": {"EIP712Domain": _DOMAIN, **types(primary_type)},
        "primaryType": primary_type,
        "domain": dict(domain),
        "message": message,
    }


def digest(typed: dict[str, Any]) -> bytes:
    """The 32 bytes that a signer of a full message signs."""
    return keccak(encoded(typed))


def encoded(typed: dict[str, Any]) -> bytes:
    """The bytes that are hashed and signed of a full message (EIP-712, ``encode``)."""
    if (plain := plain_encoded(typed)) is not None:
        return plain
    from eth_abi.exceptions import EncodingError
    from eth_account.messages import encode_typed_data

    try:
        signable = encode_typed_data(full_message=typed)
    except (ValueError, TypeError, OverflowError, EncodingError) as error:
        raise ArgumentsInvalid(function=str(typed["primaryType"]), reason=f"{error}") from None
    return b"\x19" + signable.version + signable.header + signable.body


def _check(known: dict[str, list[dict[str, str]]], kind: str, value: Any) -> None:
    if kind.endswith("[]"):
        for each in value:
            _check(known, kind[:-2], each)
    elif kind in known:
        for member in known[kind]:
            _check(known, member["type"], value[member["name"]])
    else:
        checked(kind, value)


def _members(inner: str) -> list[dict[str, str]]:
    pairs = (member.split(" ") for member in inner.split(","))
    return [{"name": name, "type": kind} for kind, name in pairs]

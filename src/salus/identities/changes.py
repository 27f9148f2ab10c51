r"""Changes of an identity's delegates and attributes, as ERC-1056 names them.

Example:
    >>> from salus.identities.changes import set_attribute
    >>> set_attribute("did/svc/inbox", b"s3://inbox").name.rstrip(b"\0")
    b'did/svc/inbox'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from salus.errors import InputError
from salus.primitives.address import ZERO_ADDRESS, Address
from salus.primitives.values import typed

YEAR = 365 * 24 * 3600
"""Seconds; how long attributes and delegations last unless told."""

_ADD_DELEGATE, _REVOKE_DELEGATE, _SET_ATTRIBUTE, _REVOKE_ATTRIBUTE = range(4)


@dataclass(frozen=True, slots=True)
@typed
class Change:
    """One change of a delegate or an attribute, as `applyChanges` takes it.

    Attributes:
        kind: The contract's `ChangeKind`.
        name: Delegate type or attribute name, 32 bytes.
        delegate: The delegate; the zero address for attributes.
        value: The attribute's value; empty for delegates.
        validity: Seconds from the block that takes it; zero for revocations.
    """

    kind: int
    name: bytes
    delegate: Address
    value: bytes
    validity: int

    def as_tuple(self) -> tuple[int, bytes, Address, bytes, int]:
        """The struct as the contract takes it."""
        return (self.kind, self.name, self.delegate, self.value, self.validity)

    def as_message(self) -> dict[str, Any]:
        """The struct as EIP-712 signs it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "delegate": self.delegate,
            "value": self.value,
            "validity": self.validity,
        }


def name32(name: str | bytes) -> bytes:
    """Encode an attribute name or delegate type as ERC-1056 does: UTF-8, zero-padded on the right.

    Args:
        name: At most 32 bytes of UTF-8; or the 32 bytes themselves, as events hold them.

    Returns:
        32 bytes.

    Raises:
        InputError: When the name is empty or longer.
    """
    if isinstance(name, bytes) and len(name) == 32:
        return name
    raw = name if isinstance(name, bytes) else name.encode()
    if not 0 < len(raw) <= 32:
        raise InputError(f"name {name!r} takes {len(raw)} bytes; use 1 to 32 bytes of UTF-8")
    return raw.ljust(32, b"\0")


def add_delegate(delegate: Address, kind: str | bytes, *, seconds: int = YEAR) -> Change:
    """A change that lets somebody act for the identity.

    Args:
        delegate: Who may act.
        kind: As what: the delegate type, such as ``consent/grant``.
        seconds: For how long; a year unless told.

    Returns:
        The change, for :meth:`Identities.apply`.

    Raises:
        InputError: When the type is empty or over 32 bytes.
    """
    return Change(_ADD_DELEGATE, name32(kind), delegate, b"", seconds)


def revoke_delegate(delegate: Address, kind: str | bytes) -> Change:
    """A change that ends what somebody may do for the identity.

    Args:
        delegate: Who may act no longer.
        kind: As what: the delegate type.

    Returns:
        The change, for :meth:`Identities.apply`.

    Raises:
        InputError: When the type is empty or over 32 bytes.
    """
    return Change(_REVOKE_DELEGATE, name32(kind), delegate, b"", 0)


def set_attribute(name: str | bytes, value: bytes, *, seconds: int = YEAR) -> Change:
    """A change that publishes an attribute.

    Args:
        name: Such as ``did/svc/inbox``.
        value: Its bytes; public for ever.
        seconds: For how long it is in force; a year unless told.

    Returns:
        The change, for :meth:`Identities.apply`.

    Raises:
        InputError: When the name is empty or over 32 bytes.
    """
    return Change(_SET_ATTRIBUTE, name32(name), ZERO_ADDRESS, value, seconds)


def revoke_attribute(name: str | bytes, value: bytes) -> Change:
    """A change that ends an attribute; its bytes stay public.

    Args:
        name: Such as ``did/svc/inbox``.
        value: The very bytes that were published: others of the same name stay.

    Returns:
        The change, for :meth:`Identities.apply`.

    Raises:
        InputError: When the name is empty or over 32 bytes.
    """
    return Change(_REVOKE_ATTRIBUTE, name32(name), ZERO_ADDRESS, value, 0)

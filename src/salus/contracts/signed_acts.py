"""Errors of the one law, which every contract shares: who acts must control who it acts for.

Example:
    >>> print(SignatureExpired(deadline=0))
    the signature could be submitted until 1970-01-01 00:00:00 UTC only: sign again, later deadline
"""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.reverts import NamedRevert


class NotController(NamedRevert):
    """Who called or signed neither controls the identity nor may act for it here."""

    message: ClassVar[str] = (
        "{actor} does not control {identity}: act with the key that identityOwner({identity})"
        " names; a key that was rotated away or replaced by recovery no longer counts"
    )
    identity: str
    actor: str


class SignatureExpired(NamedRevert):
    """A signed act came after its deadline."""

    message: ClassVar[str] = (
        "the signature could be submitted until {deadline:time} only: sign again, later deadline"
    )
    deadline: int


class SignatureInvalid(NamedRevert):
    """The signature is not the signer's over this act, on this chain and contract."""

    message: ClassVar[str] = (
        "the signature is not {signer}'s over this very act: check the values, the chain id and"
        " the contract's address that were signed, then sign again"
    )
    signer: str

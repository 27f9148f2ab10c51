"""Errors of the OpenZeppelin contracts that ours inherit.

Example:
    >>> print(AccessControlBadConfirmation())
    a role is renounced only by its holder: call with the account that holds it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert


class AccessControlUnauthorizedAccount(NamedRevert):
    """Governance only."""

    message: ClassVar[str] = (
        "{account} lacks the governance role {needed_role}: act with the account that"
        " defaultAdmin() names; where that is a Safe, its owners do it by `me.safes.open()`"
    )
    account: str
    needed_role: bytes


class AccessControlBadConfirmation(NamedRevert):
    """The caller confirmed another account than its own."""

    message: ClassVar[str] = (
        "a role is renounced only by its holder: call with the account that holds it"
    )


class AccessControlInvalidDefaultAdmin(NamedRevert):
    """This address cannot be, or take over, governance."""

    message: ClassVar[str] = (
        "{default_admin} cannot be governance: name an account that is not zero, and accept from"
        " the account that was named"
    )
    default_admin: str


class AccessControlEnforcedDefaultAdminRules(NamedRevert):
    """Governance is handed over in two steps, never granted or revoked."""

    message: ClassVar[str] = (
        "governance is neither granted nor revoked directly: use beginDefaultAdminTransfer and,"
        " after its delay, acceptDefaultAdminTransfer"
    )


class AccessControlEnforcedDefaultAdminDelay(NamedRevert):
    """The delay of a hand-over of governance has not passed."""

    message: ClassVar[str] = (
        "the hand-over of governance can be accepted after {schedule:time}: wait until then"
    )
    schedule: int


class SafeCastOverflowedUintDowncast(NamedRevert):
    """A number does not fit the width it is stored with."""

    message: ClassVar[str] = "{value} does not fit {bits} bits: give a smaller number"
    bits: int
    value: int


class InvalidShortString(NamedRevert):
    """A stored name of the signing domain is malformed."""

    message: ClassVar[str] = (
        "the contract's signing domain is malformed: compare its code with the published artifacts"
    )


class StringTooLong(NamedRevert):
    """A name of the signing domain does not fit its slot."""

    message: ClassVar[str] = "{str} is too long for a signing domain's name: shorten it"
    str: str


@dataclass(frozen=True, slots=True)
class EIP712DomainChanged(Event):
    """The signing domain changed (ERC-5267); ours never does."""


@dataclass(frozen=True, slots=True)
class DefaultAdminDelayChangeCanceled(Event):
    """A change of the hand-over's delay was called off."""


@dataclass(frozen=True, slots=True)
class DefaultAdminDelayChangeScheduled(Event):
    """Hand-overs will take ``new_delay`` seconds from ``effect_schedule``, Unix seconds."""

    new_delay: int
    effect_schedule: int


@dataclass(frozen=True, slots=True)
class DefaultAdminTransferCanceled(Event):
    """A hand-over of governance was called off."""


@dataclass(frozen=True, slots=True)
class DefaultAdminTransferScheduled(Event):
    """Governance goes to ``new_admin``, who accepts from ``accept_schedule``, Unix seconds."""

    new_admin: str
    accept_schedule: int


@dataclass(frozen=True, slots=True)
class RoleAdminChanged(Event):
    """Which role grants and revokes a role was changed."""

    role: bytes
    previous_admin_role: bytes
    new_admin_role: bytes


@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """An account was given a governance role."""

    role: bytes
    account: str
    sender: str


@dataclass(frozen=True, slots=True)
class RoleRevoked(Event):
    """A governance role was taken from an account."""

    role: bytes
    account: str
    sender: str

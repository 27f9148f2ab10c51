"""Events of the OpenZeppelin contracts that ours inherit.

Example:
    >>> from dataclasses import fields
    >>> from salus.events import RoleGranted
    >>> 'role' in [each.name for each in fields(RoleGranted)]
    True
"""

from __future__ import annotations

from dataclasses import dataclass

from salus.events.base import Event


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

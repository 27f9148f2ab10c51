"""Events of `IdentityRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.contracts.event import Event


@dataclass(frozen=True, slots=True)
class DIDAttributeChanged(Event):
    """An attribute holds until ``valid_to``, Unix seconds; a past time ends it (ERC-1056)."""

    identity: str
    name: bytes
    value: bytes
    valid_to: int
    previous_change: int


@dataclass(frozen=True, slots=True)
class DIDDelegateChanged(Event):
    """A delegate may act until ``valid_to``, Unix seconds; a past time ends it (ERC-1056)."""

    identity: str
    delegate_type: bytes
    delegate: str
    valid_to: int
    previous_change: int


@dataclass(frozen=True, slots=True)
class DIDOwnerChanged(Event):
    """An identity was handed to another owner; zero: deactivated (ERC-1056)."""

    identity: str
    owner: str
    previous_change: int


@dataclass(frozen=True, slots=True)
class GuardiansCancelled(Event):
    """A scheduled change of guardians was dropped."""

    effective_at: int
    identity: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class GuardiansScheduled(Event):
    """New guardians were committed to, in force from ``effective_at``, Unix seconds."""

    effective_at: int
    identity: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class RecoveryExecuted(Event):
    """A recovery was completed: the new owner controls the identity."""

    ready_at: int
    identity: str
    new_owner: str


@dataclass(frozen=True, slots=True)
class RecoveryProposed(Event):
    """Guardians proposed a new owner, who takes over from ``ready_at``, Unix seconds."""

    ready_at: int
    identity: str
    new_owner: str
    unanimous: bool


@dataclass(frozen=True, slots=True)
class RecoveryVetoed(Event):
    """The owner ended a recovery."""

    ready_at: int
    identity: str
    new_owner: str

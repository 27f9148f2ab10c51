"""Structs of `IdentityRegistry`."""

from __future__ import annotations

from dataclasses import dataclass

from salus.primitives.address import Address
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class Recovery:
    """A recovery that waits; ``ready_at`` is zero when there is none.

    Attributes:
        new_owner: Who will own the identity.
        ready_at: When it can be executed, Unix seconds.
        unanimous: Whether all guardians approved: it cannot be vetoed.
        round: What the next approvals by fewer than all guardians sign.
        unanimous_round: What the next approvals by all guardians sign.
    """

    new_owner: Address
    ready_at: int
    unanimous: bool
    round: int
    unanimous_round: int


@dataclass(frozen=True, slots=True)
@typed
class GuardiansChange:
    """A change of guardians that waits: whoever did not make it has until then to recover.

    Attributes:
        commitment: To the guardians that come, 32 bytes; None where it leaves the identity without.
        effective_at: When they replace those in force, Unix seconds; while a recovery is pending
            nothing replaces those that proposed it.
    """

    commitment: bytes | None
    effective_at: int

"""Break-glass: windows on chain, and the keys that custodians hold in shares.

Example:
    >>> from salus.emergencies.access import EmergencyRecords
    >>> EmergencyRecords().wrong
    ()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.emergencies.cards import EmergencyCard
    from salus.emergencies.client import Emergencies
    from salus.emergencies.emergency_keys import Deposit
    from salus.emergencies.releases import ReleasedShare, SignedRequest

__all__ = [
    "Deposit",
    "Emergencies",
    "EmergencyCard",
    "ReleasedShare",
    "SignedRequest",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "cards": "EmergencyCard",
        "client": "Emergencies",
        "emergency_keys": "Deposit",
        "releases": "ReleasedShare SignedRequest",
    },
)

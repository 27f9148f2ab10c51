"""Break-glass: windows on chain, and the keys that custodians hold in shares.

Example:
    >>> from salus.emergencies import EmergencyRecords
    >>> EmergencyRecords().wrong
    ()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.emergencies.access import EmergencyRecords
    from salus.emergencies.cards import EmergencyCard
    from salus.emergencies.client import Emergencies
    from salus.emergencies.custodians import Release
    from salus.emergencies.emergency_keys import Deposit
    from salus.emergencies.keeping import NewEmergencyKey, Wrapped
    from salus.emergencies.releases import ReleasedShare, SignedRequest

__all__ = [
    "Deposit",
    "Emergencies",
    "EmergencyCard",
    "EmergencyRecords",
    "NewEmergencyKey",
    "Release",
    "ReleasedShare",
    "SignedRequest",
    "Wrapped",
]

__getattr__ = door(
    __name__,
    {
        "access": "EmergencyRecords",
        "cards": "EmergencyCard",
        "client": "Emergencies",
        "custodians": "Release",
        "emergency_keys": "Deposit",
        "keeping": "NewEmergencyKey Wrapped",
        "releases": "ReleasedShare SignedRequest",
    },
)

"""One frozen dataclass for each event of the contracts: same name, fields in snake_case.

Values are ``bytes`` for bytes32, checksummed ``str`` for addresses, ``int`` for numbers, and the
enumerations and structs of :mod:`salus.models`. Solidity's ``from`` is ``from_``.

Example:
    >>> from salus.events import LotRecalled
    >>> LotRecalled(lot=bytes(32), by="0x" + "22" * 20, reason_digest=bytes(32)).by[:4]
    '0x22'
"""

from __future__ import annotations

from salus.events.base import Event
from salus.events.governance import (
    DefaultAdminDelayChangeCanceled,
    DefaultAdminDelayChangeScheduled,
    DefaultAdminTransferCanceled,
    DefaultAdminTransferScheduled,
    EIP712DomainChanged,
    RoleAdminChanged,
    RoleGranted,
    RoleRevoked,
)
from salus.events.identity import (
    DIDAttributeChanged,
    DIDDelegateChanged,
    DIDOwnerChanged,
    GuardiansCancelled,
    GuardiansScheduled,
    RecoveryExecuted,
    RecoveryProposed,
    RecoveryVetoed,
)
from salus.events.lots import (
    EventCorrected,
    LotCommissioned,
    LotQuarantined,
    LotRecalled,
    LotReceived,
    LotReleased,
    LotShipped,
    MakerPermitted,
    PackDecommissioned,
    PackFlagged,
    PackRestored,
    ProductHolderChanged,
    ProductRegistered,
    ShipmentDisputed,
    ShipmentRejected,
    ShipmentReturned,
    ShipmentWrittenOff,
)
from salus.events.registries import (
    AccreditationRevoked,
    Accredited,
    AccreditorNamed,
    AccreditorRemoved,
    AllConsentsRevoked,
    Anchored,
    BreakGlassJustified,
    BreakGlassOpened,
    BreakGlassOptOutSet,
    ConsentGranted,
    ConsentRevoked,
)

__all__ = [
    "AccreditationRevoked",
    "Accredited",
    "AccreditorNamed",
    "AccreditorRemoved",
    "AllConsentsRevoked",
    "Anchored",
    "BreakGlassJustified",
    "BreakGlassOpened",
    "BreakGlassOptOutSet",
    "ConsentGranted",
    "ConsentRevoked",
    "DIDAttributeChanged",
    "DIDDelegateChanged",
    "DIDOwnerChanged",
    "DefaultAdminDelayChangeCanceled",
    "DefaultAdminDelayChangeScheduled",
    "DefaultAdminTransferCanceled",
    "DefaultAdminTransferScheduled",
    "EIP712DomainChanged",
    "Event",
    "EventCorrected",
    "GuardiansCancelled",
    "GuardiansScheduled",
    "LotCommissioned",
    "LotQuarantined",
    "LotRecalled",
    "LotReceived",
    "LotReleased",
    "LotShipped",
    "MakerPermitted",
    "PackDecommissioned",
    "PackFlagged",
    "PackRestored",
    "ProductHolderChanged",
    "ProductRegistered",
    "RecoveryExecuted",
    "RecoveryProposed",
    "RecoveryVetoed",
    "RoleAdminChanged",
    "RoleGranted",
    "RoleRevoked",
    "ShipmentDisputed",
    "ShipmentRejected",
    "ShipmentReturned",
    "ShipmentWrittenOff",
]

"""What an address may be accredited as."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """What an address is accredited as; numbers as in `contracts/accreditation/Role.sol`."""

    CLINICIAN = 1
    EMERGENCY_CLINICIAN = 2
    HOSPITAL = 3
    PHARMACY = 4
    MANUFACTURER = 5
    DISTRIBUTOR = 6
    PAYER = 7
    REGULATOR = 8
    ETHICS_BOARD = 9

    @property
    def bit(self) -> int:
        """The role's bit in a mask of roles."""
        return 1 << self.value

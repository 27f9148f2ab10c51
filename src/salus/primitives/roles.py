"""What an address may be accredited as.

Example:
    >>> Role.of("emergency-clinician").label
    'emergency-clinician'
"""

from __future__ import annotations

from enum import IntEnum

from salus.errors import InputError


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
    LOGISTICS_PROVIDER = 10
    RETURNS_PROCESSOR = 11

    @classmethod
    def of(cls, role: Role | str) -> Role:
        """Return a role by its word.

        Args:
            role: Such as ``emergency-clinician``, in any case; or the role itself.

        Returns:
            The role.

        Raises:
            InputError: There is no such role; the message lists them.
        """
        if isinstance(role, Role):
            return role
        try:
            return cls[role.upper().replace("-", "_")]
        except (KeyError, AttributeError):
            known = ", ".join(each.label for each in cls)
            raise InputError(f"there is no role {role!r}: choose one of {known}") from None

    @property
    def label(self) -> str:
        """The role's word, such as ``emergency-clinician``."""
        return self.name.lower().replace("_", "-")

    @property
    def bit(self) -> int:
        """The role's bit in a mask of roles."""
        return 1 << self.value

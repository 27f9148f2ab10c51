"""Who is a licensed clinician, maker, pharmacy and so on.

Example:
    >>> from salus.accreditations import Role
    >>> Role.of("ethics-board").value
    9
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.accreditations.client import Accreditations
    from salus.primitives.roles import Role

__all__ = ["Accreditations", "Role"]

__getattr__, __dir__ = door(
    __name__, {"client": "Accreditations", "salus.primitives.roles": "Role"}
)

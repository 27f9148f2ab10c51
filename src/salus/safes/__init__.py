"""Safes: contract accounts whose owners sign what a registry is to be told.

Example:
    >>> from salus.safes import SafeProposal
    >>> SafeProposal.__name__
    'SafeProposal'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.safes.client import Safes
    from salus.safes.proposals import SafeProposal
    from salus.safes.safe import Safe

__all__ = ["Safe", "SafeProposal", "Safes"]

__getattr__, __dir__ = door(
    __name__, {"client": "Safes", "proposals": "SafeProposal", "safe": "Safe"}
)

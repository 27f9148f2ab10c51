"""Business acts on medicine that need more than one room: lists of serials, going on after a kill.

Example:
    >>> serials_in("S1", name="serials.txt")
    ['S1']
"""

from __future__ import annotations

from salus.supply.client import Supply
from salus.supply.serials import serials_in

__all__ = [
    "Supply",
    "serials_in",
]

"""Business acts on medicine that need more than one room: lists of serials, going on after a kill.

Example:
    >>> from salus.supply import serials_in
    >>> serials_in("S1", name="serials.txt")
    ['S1']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.supply.client import Supply
    from salus.supply.serials import serials_in

__all__ = [
    "Supply",
    "serials_in",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "client": "Supply",
        "serials": "serials_in",
    },
)

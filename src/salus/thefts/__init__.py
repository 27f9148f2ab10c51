"""After a theft: what former owners left at an identity, and ending what nobody confirms.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.thefts.leftovers(me.identity)
    ()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.thefts.client import Thefts

__all__ = [
    "Thefts",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "client": "Thefts",
    },
)

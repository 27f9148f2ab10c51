"""Move to a deployment that replaces another: logs, consents, refusals of break-glass, lots.

Contracts are never upgraded; a new deployment stands beside the old one, which nobody can switch
off. What is moved names where it came from, and the old place goes on being read: a revocation or
a refusal in either of them counts. See docs/migration.md.

Example:
    >>> from salus import migration
    >>> here, there = migration.Place(1, "0x" + "11" * 20), migration.Place(1, "0x" + "22" * 20)
    >>> here == there
    False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.migration.consents import (
        carry_consent,
        carry_opt_out,
        check_carried,
        refuses_break_glass,
    )
    from salus.migration.logs import (
        Continuation,
        Place,
        closing_leaf,
        continue_log,
        opening_leaf,
        verify_continuation,
    )
    from salus.migration.lots import lot_uri_of, remaining

__all__ = [
    "Continuation",
    "Place",
    "carry_consent",
    "carry_opt_out",
    "check_carried",
    "closing_leaf",
    "continue_log",
    "lot_uri_of",
    "opening_leaf",
    "refuses_break_glass",
    "remaining",
    "verify_continuation",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "consents": "carry_consent carry_opt_out check_carried refuses_break_glass",
        "logs": "Continuation Place closing_leaf continue_log opening_leaf verify_continuation",
        "lots": "lot_uri_of remaining",
    },
)

"""Identities: who controls one, rotating, delegating, publishing, guarding and recovering.

Every address is an identity from the start. Changes are made with :func:`set_attribute` and its
relatives; :class:`Identities` is the client's side of the registry.

Example:
    >>> from salus.identities import add_delegate
    >>> add_delegate("0x" + "ab" * 20, "consent/grant", seconds=3600).delegate[:6]
    '0xabab'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.identities.changes import (
        YEAR,
        Change,
        add_delegate,
        name32,
        revoke_attribute,
        revoke_delegate,
        set_attribute,
    )
    from salus.thefts.clearing import Cleared
    from salus.identities.client import Identities
    from salus.thefts.leftovers import Leftover

__all__ = [
    "YEAR",
    "Change",
    "Cleared",
    "Identities",
    "Leftover",
    "add_delegate",
    "name32",
    "revoke_attribute",
    "revoke_delegate",
    "set_attribute",
]

__getattr__ = door(
    __name__,
    {
        "changes": "YEAR Change add_delegate name32 revoke_attribute revoke_delegate set_attribute",
        "clearing": "Cleared",
        "client": "Identities",
        "leftovers": "Leftover",
    },
)

"""Identities: who controls one, rotating, delegating, publishing, guarding and recovering.

Every address is an identity from the start. Changes are made with :func:`set_attribute` and its
relatives; :class:`Identities` is the client's side of the registry.

Example:
    >>> from datetime import timedelta
    >>> from salus.identities import add_delegate
    >>> add_delegate("0x" + "ab" * 20, "consent/grant", lasting=timedelta(days=30)).validity
    2592000
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.contracts.identities.guardian_set import GuardianSet
    from salus.identities.changes import (
        add_delegate,
        revoke_attribute,
        revoke_delegate,
        set_attribute,
    )
    from salus.identities.client import Identities
    from salus.identities.guardian_documents import (
        RecoveryApproval,
        read_guardians,
        write_guardians,
    )

__all__ = [
    "GuardianSet",
    "Identities",
    "RecoveryApproval",
    "add_delegate",
    "read_guardians",
    "revoke_attribute",
    "revoke_delegate",
    "set_attribute",
    "write_guardians",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "changes": "add_delegate revoke_attribute revoke_delegate set_attribute",
        "client": "Identities",
        "guardian_documents": "GuardianSet RecoveryApproval read_guardians write_guardians",
    },
)

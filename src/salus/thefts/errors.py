"""What the client refuses or cannot tell about identities, before or beside the contract.

::

    InputError                    exit 2
    ├── GuardianRefused           a guardian that would guard nothing
    └── NotHandedOver             who is to be kept out still controls the identity
    ChainError                    exit 5
    └── HistoryUnavailable        the node no longer has the events of an identity

Example:
    >>> from salus.chain.errors import HistoryUnavailable
    >>> HistoryUnavailable(identity="0x12", block=7, reason="it gave none").block
    7
"""

from __future__ import annotations

from salus.errors import InputError


class NotHandedOver(InputError):
    """What somebody left behind cannot be cleared while that somebody may add it again."""

    def __init__(self, *, identity: str, reason: str) -> None:
        self.identity, self.reason = identity, reason
        super().__init__(f"what was left behind at {identity} stays for now: {reason}")

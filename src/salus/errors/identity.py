"""What the client refuses or cannot tell about identities, before or beside the contract.

::

    InputError                    exit 2
    ├── GuardianRefused           a guardian that would guard nothing
    └── NotHandedOver             who is to be kept out still controls the identity
    ChainError                    exit 5
    └── HistoryUnavailable        the node no longer has the events of an identity

Example:
    >>> from salus.errors import HistoryUnavailable
    >>> HistoryUnavailable(identity="0x12", block=7, reason="it gave none").block
    7
"""

from __future__ import annotations

from salus.errors.base import ChainError, InputError


class GuardianRefused(InputError):
    """A guardian that would be of no help against the theft or loss of the key."""

    def __init__(self, *, guardian: str, reason: str) -> None:
        self.guardian, self.reason = guardian, reason
        super().__init__(f"{guardian} is refused as a guardian: {reason}; nothing was changed")


class NotHandedOver(InputError):
    """What somebody left behind cannot be cleared while that somebody may add it again."""

    def __init__(self, *, identity: str, reason: str) -> None:
        self.identity, self.reason = identity, reason
        super().__init__(f"what was left behind at {identity} stays for now: {reason}")


class HistoryUnavailable(ChainError):
    """The node no longer has, or never had, the events that tell what was set at an identity."""

    def __init__(self, *, identity: str, block: int, reason: str) -> None:
        self.identity, self.block, self.reason = identity, block, reason
        where = f" in block {block}" if block else ""
        super().__init__(
            f"the node does not tell what changed at {identity}{where} ({reason}), so"
            " what was set there before cannot be listed: ask a node that prunes no events."
            " Delegates and attributes that you know of can be revoked by name meanwhile, and"
            " revoking all consents needs no list"
        )

"""What clearing after a theft refuses.

Example:
    >>> issubclass(NotHandedOver, InputError)
    True
"""

from __future__ import annotations

from salus.errors import InputError


class NotHandedOver(InputError):
    """What somebody left behind cannot be cleared while that somebody may add it again."""

    def __init__(self, *, identity: str, reason: str) -> None:
        self.identity, self.reason = identity, reason
        super().__init__(f"what was left behind at {identity} stays for now: {reason}")

"""The outbox: an act is bound to a nonce before it leaves, and closed when it is final.

Example:
    >>> from salus.outbox import State
    >>> State.SENT.is_open
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.outbox.client import Outbox
    from salus.outbox.entries import OutboxEntry, State

__all__ = ["Outbox", "OutboxEntry", "State"]

__getattr__, __dir__ = door(__name__, {"client": "Outbox", "entries": "OutboxEntry State"})

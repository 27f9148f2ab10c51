"""Where an identity takes sealed messages, who signed them, and collecting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.mail.client import Mail

__all__ = ["Mail"]

__getattr__, __dir__ = door(__name__, {"client": "Mail"})

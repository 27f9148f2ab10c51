"""What may be wrong with a letter that was opened and is its sender's."""

from __future__ import annotations

from salus.errors import CredentialError


class Unasked(CredentialError):
    """A letter brought what nobody asked for: it waits in the inbox, and may be dropped."""


class SenderOverMeasure(Unasked):
    """More letters came from one sender than are taken in."""

    def __init__(self, sender: str, *, measure: int) -> None:
        self.sender = sender
        super().__init__(
            f"letters of {sender} were taken in up to {measure} bytes, and this one goes beyond:"
            " drop it, or give the sender a new measure with mail.letters.renew"
        )

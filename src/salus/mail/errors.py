"""What may be wrong with a letter that was opened and is its sender's."""

from __future__ import annotations

from salus.errors import CredentialError
from salus.vault.errors import WrongRecipient


class OwnKeyMissing(WrongRecipient):
    """A letter is sealed to a key of this identity that is not held here: it waits in the inbox."""

    def __init__(self, document: str) -> None:
        self.recipient = document
        CredentialError.__init__(
            self,
            f"the message is sealed to key document {document}, which the chain names or named for"
            " this identity and whose key is not held here: open the client from the state folder"
            " that holds it, or get it back with `salus.vault.recover_keys()`; the message waits",
        )


class Unasked(CredentialError):
    """A letter brought what nobody asked for: it waits in the inbox, and may be dropped."""


class SenderOverMeasure(Unasked):
    """More letters came from one sender than are taken in."""

    def __init__(self, sender: str, *, measure: int) -> None:
        self.sender = sender
        super().__init__(
            f"letters of {sender} were taken in up to {measure} bytes, and this one goes beyond:"
            " drop it, or give the sender a new measure with `mail.letters.renew()`"
        )

"""What may be wrong with records and consents that others send, and with what is sent to them."""

from __future__ import annotations

from salus.errors import CredentialError, InputError, SalusError, VerificationError
from salus.mail.errors import Unasked


class UnaskedRecord(Unasked):
    """A record came under a consent that its sender never showed to be in force for this reader."""

    def __init__(self, consent: str, *, sender: str) -> None:
        self.consent, self.sender = consent, sender
        super().__init__(
            f"a record of {sender} came under the consent {consent}, and no letter of that sender"
            " shows one that is in force and names this reader: ask for the consent, or drop it"
        )


class TooManyConsents(Unasked):
    """A sender showed more consents than are kept of one."""

    def __init__(self, sender: str, *, most: int) -> None:
        self.sender = sender
        super().__init__(
            f"{most} consents are kept that {sender} showed, and no record came under them: drop"
            " the letter, or forget those consents with `records.drop_shown()`"
        )


class ForeignConsent(CredentialError):
    """A letter showed a consent that names another reader and a patient who is unknown here."""

    def __init__(self, consent: str, *, sender: str) -> None:
        self.consent, self.sender = consent, sender
        super().__init__(
            f"{sender} showed the consent {consent}, which names another reader, and a patient of"
            " whom nothing is here: it was not kept, drop it"
        )


class ReceiptsMissing(InputError):
    """Receipts that were to go along with records cannot be had, or not all."""

    def __init__(self, missing: int, *, of: int, why: SalusError | None = None) -> None:
        self.missing, self.why = missing, why
        reason = "the log store here does not show them anchored" if why is None else str(why)
        super().__init__(
            f"{missing} of {of} record versions have no receipt, so that for a reader they do not"
            f" outrank what a thief of the account wrote: {reason}. `anchors.rebuild()` where the"
            " log store is new or was put back, `records.anchor_pending()`, then"
            " `records.resend()`"
        )


class DisownedRecord(VerificationError):
    """The log that showed a received record to be its issuer's is one that the issuer disowned."""

    def __init__(self, record: str, *, issuer: str) -> None:
        self.record, self.issuer = record, issuer
        super().__init__(
            f"record {record} is shown by a checkpoint that {issuer} disowned since: somebody else"
            " anchored it with that account, or the issuer lost it. Ask the issuer."
            " `records.received.drop()` forgets it, and the true one can come in its place;"
            " `disowned=True` opens it all the same"
        )

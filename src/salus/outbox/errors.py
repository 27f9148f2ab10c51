"""What the outbox refuses.

::

    InputError               exit 2
    ├── EntryDiffers         a name stands for another act already
    ├── EntryUnknown         no entry has this number, or it is not open
    └── OutboxMissing        there is none where one is looked for
    StorageError             exit 1
    └── OutboxUnavailable    the file, or the database, cannot be used
        ├── OutboxForged     a row is not what was signed for it
        └── LeaseLost        another machine may have taken over what was to leave

Example:
    >>> EntryUnknown(7).exit_code
    2
"""

from __future__ import annotations

from collections.abc import Iterable

from salus.errors import InputError, StorageError


class EntryDiffers(InputError):
    """A name stands for another act: what was done under it is neither done again nor skipped."""

    def __init__(self, *, name: str, transaction: str) -> None:
        self.name, self.transaction = name, transaction
        super().__init__(
            f"{name!r} stands for another act already, transaction {transaction}: nothing was sent."
            " Give this act a name of its own, or make the same call as then, salts included. A"
            " passkey never signs twice alike: keep what `consents.sign()` or"
            " `consents.revocations.sign()` gives, and repeat its `consents.register()` or"
            " `consents.revocations.submit()`"
        )


class EntryUnknown(InputError):
    """No entry has this number, or it is not in a state to be asked for this."""

    def __init__(self, number: int | str, *, reason: str = "is not in this outbox") -> None:
        self.number = number
        super().__init__(f"entry {number} {reason}: `me.outbox` shows what there is")


class OutboxMissing(InputError):
    """There is no outbox where one is looked for: who looks makes none."""

    def __init__(self, file: str) -> None:
        self.file = file
        super().__init__(
            f"there is no outbox at {file}: compare state= and outbox=, or SALUS_STATE and"
            " SALUS_OUTBOX. The first act that is written down there makes it"
        )


_ADVICE = (
    ". No act leaves before it can be. Look at it with `me.outbox.check()`; where it is damaged,"
    " `me.outbox.put_aside()` puts it aside: what is mined stays so, and an act that was under way"
    " may be sent again by who repeats its call"
)


class OutboxUnavailable(StorageError):
    """The outbox's file or database cannot be used; an act that needs it did not leave."""

    def __init__(self, url: str, reason: str, *, advice: str = _ADVICE) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"the outbox {url} cannot be used: {reason}{advice}")


class OutboxForged(OutboxUnavailable):
    """A row of the outbox is not what was signed for it: damaged, or written by somebody else."""

    def __init__(self, url: str, *, entry: int, reason: str) -> None:
        self.entry = entry
        super().__init__(url, f"entry {entry} is not what was signed: {reason}")


class LeaseLost(OutboxUnavailable):
    """This process was not heard of for too long: others may have taken over what it had."""

    def __init__(self, url: str, *, transactions: Iterable[str]) -> None:
        self.transactions = tuple(transactions)
        first = next(iter(self.transactions), "none")
        super().__init__(
            url,
            "this process was not heard of for too long, and another machine may have taken over"
            f" what it had under way: {first} did not leave from here. It is written down: look"
            " for it with `me.outbox` and `Chain.wait` before the call is made again",
            advice="",
        )

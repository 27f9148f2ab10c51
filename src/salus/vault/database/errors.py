"""What a key database refuses to be used for."""

from __future__ import annotations

from salus.errors import InputError


class TransactionOpen(InputError):
    """Something that others see was to be done within a transaction, which may be undone."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"a transaction of the key database {place} is open, and what leaves this machine"
            " cannot be undone with it: nothing was done, call this after the transaction"
        )

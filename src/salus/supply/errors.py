"""Errors of business acts on medicine.

Example:
    >>> from datetime import date
    >>> print(ExpiryPassed(day=date(2020, 1, 31)))
    2020-01-31 has passed: `expiry=` is the last day of use that is printed on the packs
"""

from __future__ import annotations

from datetime import date

from salus.errors import InputError


class ExpiryPassed(InputError):
    """A lot that is about to be made has expired already."""

    def __init__(self, *, day: date) -> None:
        self.day = day
        super().__init__(
            f"{day} has passed: `expiry=` is the last day of use that is printed on the packs"
        )


class AnotherManifest(InputError):
    """What an earlier run left is not the manifest of this lot."""

    def __init__(self, *, file: str) -> None:
        self.file = file
        super().__init__(
            f"{file} exists, is not the manifest of this lot with these serials, this expiry and"
            " this place, and is not overwritten: name another file"
        )

"""What is wrong with consent terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.errors import InputError

if TYPE_CHECKING:
    pass


class InvalidTerms(InputError):
    """Consent terms that contradict themselves or do not fit the compact form."""

    def __init__(self, *, field: str, problem: str) -> None:
        self.field, self.problem = field, problem
        super().__init__(f"consent terms: {field} {problem}")


class MalformedTerms(InputError):
    """Bytes or JSON that are not the one canonical encoding of consent terms."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"not consent terms: {reason}; docs/terms.md#json has an example to write them by hand;"
            " of signed ones use exactly what was signed, with a newer Salus for a newer version"
        )


class UnknownCode(InputError):
    """A code that its append-only table does not have."""

    def __init__(self, *, table: str, code: str) -> None:
        self.table, self.code = table, code
        super().__init__(f"{code!r} is not a code of {table}; see docs/terms.md for those that are")

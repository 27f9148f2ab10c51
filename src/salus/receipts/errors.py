"""What can be wrong with a receipt.

Example:
    >>> str(ReceiptMismatch("its path does not lead to the root of the checkpoint"))
    'the receipt proves nothing: its path does not lead to the root of the checkpoint'
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.errors import InputError, VerificationError


class MalformedReceipt(InputError):
    """A receipt that cannot be read; nothing of it was checked."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"not a receipt: {problem}. Ask whoever issued it for another copy")


class ReceiptMismatch(VerificationError):
    """A part of a receipt contradicts another, or the record that was shown with it."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"the receipt proves nothing: {problem}")


class ReceiptUnproven(VerificationError):
    """A receipt contradicts nothing, but nobody vouched for all that a proof needs."""

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"nothing contradicts the receipt, and nothing is proved: {', '.join(missing)} missing."
            " Bring what is missing from a source that you trust, or ask a node that you trust"
        )

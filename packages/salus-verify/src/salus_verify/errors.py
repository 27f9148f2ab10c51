"""What verifying refuses. `salus.errors` draws the whole tree; these are its root and what is here.

Example:
    >>> issubclass(MalformedDocument, InputError), InputError.exit_code
    (True, 2)
"""

from __future__ import annotations

import copyreg
from collections.abc import Sequence
from typing import Any, ClassVar


class SalusError(Exception):
    """Anything that Salus refuses or cannot do. ``exit_code`` is what the command line returns."""

    exit_code: ClassVar[int] = 1

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are made anew from their text by what pickles them: that is not an argument.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class InputError(SalusError):
    """What was given is malformed or out of range; nothing was done."""

    exit_code = 2


class InvalidValue(InputError):
    """A value was made with a field of another type than the one it declares."""

    def __init__(self, owner: str, field: str, problem: str) -> None:
        self.owner, self.field, self.problem = owner, field, problem
        super().__init__(f"{owner}.{field} {problem}; correct that")


class MalformedDocument(InputError):
    """A JSON document is not what its format demands; nothing of it was used."""

    kind = "document"

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"malformed {self.kind}: {problem}; ask its author for an intact one")


class VerificationError(SalusError):
    """Something that was checked does not match what was promised."""

    exit_code = 6


class InclusionProofMismatch(VerificationError):
    """A leaf is not at this index of the tree with this root, or the proof is another leaf's."""

    def __init__(self, *, index: int, size: int, reason: str) -> None:
        self.index, self.size, self.reason = index, size, reason
        super().__init__(
            f"the proof does not put the leaf at index {index} of {size}: {reason}; check that"
            " leaf, index, size and root belong together, then ask the issuer for a new proof"
        )


class ConsistencyProofMismatch(VerificationError):
    """The larger tree does not extend the smaller one, as far as this proof shows."""

    def __init__(self, *, old_size: int, new_size: int, reason: str) -> None:
        self.old_size, self.new_size, self.reason = old_size, new_size, reason
        super().__init__(
            f"the log of {new_size} leaves is not shown to extend the one of {old_size}: {reason};"
            " ask for a new proof, and keep both checkpoints as evidence if it fails again"
        )


class MalformedReceipt(MalformedDocument):
    """A receipt that cannot be read; nothing of it was checked."""

    kind = "receipt"


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

"""The opening of a commitment to guardians, as `IdentityRegistry` hashes it.

Example:
    >>> GuardianSet.of(["0x" + "22" * 20, "0x" + "11" * 20], threshold=2).guardians[0][:6]
    '0x1111'
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from salus.contracts.identities.errors import GuardianRefused
from salus.errors import InputError
from salus.primitives.address import Address, checked_address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class GuardianSet:
    """The opening of a guardians commitment.

    Attributes:
        guardians: Identities in ascending order.
        threshold: How many must agree.
        salt: 32 random bytes that keep the guardians from being guessed.
    """

    guardians: tuple[Address, ...]
    threshold: int
    salt: bytes = field(repr=False)

    @classmethod
    @typed_arguments
    def of(cls, guardians: Sequence[Address], *, threshold: int) -> GuardianSet:
        """Put guardians into the contract's order, with a fresh salt.

        Args:
            guardians: Identities.
            threshold: How many must agree.

        Returns:
            The set; give it, sealed, to every guardian: without it nobody can recover.

        Raises:
            GuardianRefused: One stands in it twice.
            InputError: The threshold is not from 1 to their number.
        """
        ordered = tuple(sorted(map(checked_address, guardians), key=lower_case))
        for one, next_ in pairwise(ordered):
            if one == next_:
                raise GuardianRefused(guardian=one, reason="it is named twice: name it once")
        if not 1 <= threshold <= len(ordered):
            raise InputError(
                f"{threshold} of {len(ordered)} guardians cannot agree: choose from 1 to all"
            )
        return cls(ordered, threshold, secrets.token_bytes(32))

    def require_openable(self) -> None:
        """Refuse an order or a threshold that the contract refuses, when it is too late to mend.

        Raises:
            InputError: Nobody could ever recover anything with this set.
        """
        named = self.guardians
        ordered = sorted(set(named), key=lower_case)
        if list(named) != ordered or not 1 <= self.threshold <= len(named):
            raise InputError(
                "these guardians could never recover anything: their order or threshold is wrong;"
                " make the set with GuardianSet.of"
            )

    @property
    def needs_all(self) -> bool:
        """Whether all must agree, so that only unanimous approvals can count."""
        return self.threshold == len(self.guardians)

    @property
    def commitment(self) -> bytes:
        """keccak256(abi.encode(guardians, threshold, salt)), what the chain holds."""
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        types = ["address[]", "uint256", "bytes32"]
        return keccak(encode(types, [list(self.guardians), self.threshold, self.salt]))

    def as_tuple(self) -> tuple[list[Address], int, bytes]:
        """The struct as the contracts take it."""
        return (list(self.guardians), self.threshold, self.salt)

"""What an owner gives to the guardians, and what each of them gives to whoever proposes a recovery.

Example:
    >>> from salus.contracts.identities.guardian_set import GuardianSet
    >>> opening = GuardianSet.of(["0x" + "11" * 20, "0x" + "22" * 20], threshold=2)
    >>> read_guardians(write_guardians(opening)) == opening
    True
"""

from __future__ import annotations

from dataclasses import dataclass

from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import InputError
from salus.identities.errors import MalformedApproval, MalformedGuardians
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus_verify.encoding import base64url, canonical
from salus_verify.fields import Fields

GUARDIANS_TYPE = "salus/guardians/v1"
APPROVAL_TYPE = "salus/recovery-approval/v1"
MOST_GUARDIANS = 4096
"""More than any block's gas limit has room for."""


@dataclass(frozen=True, slots=True)
@typed
class RecoveryApproval:
    """A guardian's signed consent to a recovery.

    Attributes:
        identity: Which identity is given a new owner.
        new_owner: Who shall control it.
        deadline: Unix seconds until which it may be proposed.
        index: The guardian's place among the guardians.
        signer: The guardian's key: ERC-7913 signer bytes.
        signature: Over the contract's `ApproveRecovery`.
    """

    identity: Address
    new_owner: Address
    deadline: int
    index: int
    signer: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """Write the document, in its canonical form (RFC 8785)."""
        return canonical(
            {
                "type": APPROVAL_TYPE,
                "identity": lower_case(self.identity),
                "newOwner": lower_case(self.new_owner),
                "deadline": self.deadline,
                "index": self.index,
                "signer": base64url(self.signer),
                "signature": base64url(self.signature),
            }
        )

    @classmethod
    @typed_arguments
    def from_bytes(cls, data: bytes) -> RecoveryApproval:
        """Read the document.

        Args:
            data: The exact bytes.

        Returns:
            The approval.

        Raises:
            MalformedApproval: It is something else.
        """
        fields = Fields.parse(data, kind=APPROVAL_TYPE, error=MalformedApproval)
        approval = cls(
            identity=fields.address("identity"),
            new_owner=fields.address("newOwner"),
            deadline=fields.integer("deadline"),
            index=fields.integer("index", maximum=MOST_GUARDIANS - 1),
            signer=fields.data("signer"),
            signature=fields.data("signature"),
        )
        fields.end()
        return approval


@typed_arguments
def write_guardians(guardians: GuardianSet) -> bytes:
    """Write what opens a guardians commitment; every guardian needs it, and nobody else.

    Args:
        guardians: The set, salt and all.

    Returns:
        A document in its canonical form (RFC 8785).

    Raises:
        InputError: There are more guardians than a document holds; or nobody could ever recover
            anything with them, by their order or threshold.
    """
    guardians.require_openable()
    if len(guardians.guardians) > MOST_GUARDIANS:
        raise InputError(f"{len(guardians.guardians)} guardians: name at most {MOST_GUARDIANS}")
    return canonical(
        {
            "type": GUARDIANS_TYPE,
            "guardians": list(map(lower_case, guardians.guardians)),
            "threshold": guardians.threshold,
            "salt": base64url(guardians.salt),
        }
    )


@typed_arguments
def read_guardians(data: bytes) -> GuardianSet:
    """Read what opens a guardians commitment.

    Args:
        data: As :func:`write_guardians` wrote it.

    Returns:
        The set.

    Raises:
        MalformedGuardians: It is something else, or could never recover anything.
    """
    fields = Fields.parse(data, kind=GUARDIANS_TYPE, error=MalformedGuardians)
    guardians = fields.addresses("guardians", most=MOST_GUARDIANS)
    if not guardians or list(guardians) != sorted(set(guardians), key=lower_case):
        fields.fail("'guardians' are not addresses in ascending order, each named once")
    threshold = fields.integer("threshold", minimum=1, maximum=len(guardians))
    salt = fields.data("salt", size=32)
    fields.end()
    return GuardianSet(guardians, threshold, salt)

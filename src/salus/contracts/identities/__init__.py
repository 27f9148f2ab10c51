"""`IdentityRegistry`: values, events and errors."""

from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec

SPEC = ContractSpec(
    "IdentityRegistry",
    modules=(
        *(f"{__name__}.{each}" for each in ("errors", "events")),
        SIGNED_ACTS,
        OPENZEPPELIN,
    ),
    given_as="identities",
    signed=(
        "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)",
        "Deactivate(address identity,uint256 nonce,uint256 deadline)",
        "ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)"
        "Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)",
        "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)",
        "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)",
        "VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)",
        "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,"
        "uint256 round,uint256 deadline)",
    ),
)

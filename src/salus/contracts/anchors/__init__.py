"""`AnchorRegistry`: events and errors."""

from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec

SPEC = ContractSpec(
    "AnchorRegistry",
    modules=(
        *(f"{__name__}.{each}" for each in ("errors", "events")),
        SIGNED_ACTS,
        OPENZEPPELIN,
    ),
    given_as="anchors",
    needs=("IdentityRegistry",),
    signed=(
        "Anchor(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,"
        "uint256 deadline)",
    ),
)

"""`AccreditationRegistry`: values, events and errors."""

from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec

SPEC = ContractSpec(
    "AccreditationRegistry",
    modules=(
        *(f"{__name__}.{each}" for each in ("errors", "events")),
        SIGNED_ACTS,
        OPENZEPPELIN,
    ),
    given_as="accreditations",
    needs=("IdentityRegistry",),
)

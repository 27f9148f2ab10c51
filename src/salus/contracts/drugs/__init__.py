"""`DrugProvenance`: values, events and errors."""

from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec

SPEC = ContractSpec(
    "DrugProvenance",
    modules=(
        *(f"{__name__}.{each}" for each in ("errors", "events", "pack_errors")),
        SIGNED_ACTS,
        OPENZEPPELIN,
    ),
    given_as="drugs",
    needs=("IdentityRegistry", "AccreditationRegistry"),
)

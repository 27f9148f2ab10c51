"""`DrugProvenance`: values, events and errors."""

from salus.contracts.spec import IDENTITIES, OPENZEPPELIN, ContractSpec

SPEC = ContractSpec(
    "DrugProvenance",
    modules=(
        *(f"{__name__}.{each}" for each in ("errors", "events", "pack_errors")),
        IDENTITIES,
        OPENZEPPELIN,
    ),
    given_as="drugs",
    needs=("IdentityRegistry", "AccreditationRegistry"),
)

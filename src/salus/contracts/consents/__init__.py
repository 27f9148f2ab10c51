"""`ConsentRegistry`: values, events and errors."""

from salus.contracts.spec import OPENZEPPELIN, SIGNED_ACTS, ContractSpec

SPEC = ContractSpec(
    "ConsentRegistry",
    modules=(
        *(f"{__name__}.{each}" for each in ("errors", "events")),
        SIGNED_ACTS,
        OPENZEPPELIN,
    ),
    given_as="consents",
    needs=("IdentityRegistry", "AccreditationRegistry"),
    signed=(
        "GrantConsent(Consent consent,uint256 deadline)"
        "Consent(address patient,bytes32 epoch,Particulars particulars)"
        "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)",
        "RevokeConsent(address patient,bytes32 consentId,uint256 deadline)",
        "RevokeAllConsents(address patient,bytes32 epoch,bytes32 salt,uint256 deadline)",
        "OpenBreakGlass(address clinician,address patient,bytes32 reason,bytes32 lastWindow,"
        "uint256 deadline)",
        "JustifyBreakGlass(address clinician,bytes32 windowId,bytes32 justification,"
        "uint256 deadline)",
        "SetBreakGlassOptOut(address patient,bool optedOut,uint256 revision,uint256 deadline)",
    ),
)

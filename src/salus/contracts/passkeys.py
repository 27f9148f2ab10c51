"""`PasskeyVerifier`: whether a passkey signed (ERC-7913); it has errors of the one law only."""

from __future__ import annotations

from salus.contracts.spec import SIGNED_ACTS, ContractSpec

SPEC = ContractSpec("PasskeyVerifier", modules=(SIGNED_ACTS,))

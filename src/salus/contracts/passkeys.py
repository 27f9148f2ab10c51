"""`PasskeyVerifier`: whether a passkey signed (ERC-7913); it has errors of the one law only.

Example:
    >>> SPEC.needs
    ()
"""

from __future__ import annotations

from salus.contracts.spec import IDENTITIES, ContractSpec

SPEC = ContractSpec("PasskeyVerifier", modules=(IDENTITIES,))

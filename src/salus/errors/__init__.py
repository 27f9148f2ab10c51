"""Every exception that Salus raises. The tree is drawn in :mod:`salus.errors.base`.

Example:
    >>> from salus.errors import SalusError
    >>> SalusError.exit_code
    1
"""

from __future__ import annotations

from salus.errors.base import (
    ChainError,
    ContractError,
    CredentialError,
    InputError,
    SalusError,
    StorageError,
    VerificationError,
)

__all__ = [
    "ChainError",
    "ContractError",
    "CredentialError",
    "InputError",
    "SalusError",
    "StorageError",
    "VerificationError",
]

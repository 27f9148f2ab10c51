"""The root of every error Salus raises, and its families.

::

    SalusError                 exit 1   anything below; catch this one at the edge
    ├── InputError             exit 2   what was given is malformed: correct it and call again
    ├── ContractError          exit 3   a contract refused; one subclass per Solidity error
    ├── CredentialError        exit 4   a key, passphrase or signature is wrong or missing
    ├── ChainError             exit 5   the node cannot be reached, or is not the one expected
    ├── VerificationError      exit 6   something that was checked does not match what was promised
    └── StorageError           exit 1   a blob or a key database could not be read or written

Example:
    >>> issubclass(InputError, SalusError), InputError.exit_code
    (True, 2)
"""

from __future__ import annotations

from salus_verify.errors import InputError, InvalidValue, SalusError, VerificationError

__all__ = [
    "ChainError",
    "ConfigurationInvalid",
    "ContractError",
    "CredentialError",
    "InputError",
    "InvalidValue",
    "SalusError",
    "StorageError",
    "VerificationError",
]


class ContractError(SalusError):
    """A contract reverted; nothing changed on chain."""

    exit_code = 3
    mined: str | None = None
    """The hash of the transaction that reverted; None where none was mined."""


class CredentialError(SalusError):
    """A key, a passphrase or a signature is wrong or missing."""

    exit_code = 4


class ChainError(SalusError):
    """The node cannot be reached, or is not the chain that was expected."""

    exit_code = 5


class StorageError(SalusError):
    """A blob, a manifest or a key database could not be read or written."""


class ConfigurationInvalid(InputError):
    """A setting cannot be understood."""

    def __init__(self, *, setting: str, reason: str) -> None:
        self.setting, self.reason = setting, reason
        super().__init__(f"{setting} {reason}")

"""The root of every error Salus raises, and its families.

::

    SalusError                 exit 1   anything below; catch this one at the edge
    ├── InputError             exit 2   what was given is malformed: correct it and call again
    ├── ContractError          exit 3   a contract refused; one subclass per Solidity error
    ├── CredentialError        exit 4   a key, passphrase or signature is wrong or missing
    ├── ChainError             exit 5   the node cannot be reached, or is not the one expected
    ├── VerificationError      exit 6   something that was checked does not match what was promised
    └── StorageError           exit 1   a blob or a key store could not be read or written

Example:
    >>> from salus.errors import InputError, SalusError
    >>> issubclass(InputError, SalusError), InputError.exit_code
    (True, 2)
"""

from __future__ import annotations

from typing import ClassVar


class SalusError(Exception):
    """Anything that Salus refuses or cannot do. ``exit_code`` is what the command line returns."""

    exit_code: ClassVar[int] = 1


class InputError(SalusError):
    """What was given is malformed or out of range; nothing was done."""

    exit_code = 2


class InvalidValue(InputError):
    """A value was made with a field of another type than the one it declares."""

    def __init__(self, owner: str, field: str, problem: str) -> None:
        self.owner, self.field, self.problem = owner, field, problem
        super().__init__(f"{owner}.{field} {problem}; correct that")


class ContractError(SalusError):
    """A contract reverted; nothing changed on chain."""

    exit_code = 3


class CredentialError(SalusError):
    """A key, a passphrase or a signature is wrong or missing."""

    exit_code = 4


class ChainError(SalusError):
    """The node cannot be reached, or is not the chain that was expected."""

    exit_code = 5


class VerificationError(SalusError):
    """Something that was checked does not match what was promised."""

    exit_code = 6


class StorageError(SalusError):
    """A blob, a manifest or a key store could not be read or written."""


class ConfigurationInvalid(InputError):
    """A setting cannot be understood."""

    def __init__(self, *, setting: str, reason: str) -> None:
        self.setting, self.reason = setting, reason
        super().__init__(f"{setting} {reason}")

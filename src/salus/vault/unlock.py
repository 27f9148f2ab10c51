"""Where the passphrase of a keystore file comes from: a variable, the system's keyring, a person.

Example:
    >>> from salus.vault.unlock import find_passphrase
    >>> find_passphrase("0x" + "ab" * 20, environment={"SALUS_PASSPHRASE": "seven wet otters"},
    ...                 ask=None)
    'seven wet otters'
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import ModuleType

from salus.errors import CredentialError, StorageUnavailable

VARIABLE = "SALUS_PASSPHRASE"
"""The environment variable."""
SERVICE = "salus identity keys"
"""What the entry is called in the operating system's keyring."""


def find_passphrase(
    owner: str,
    *,
    environment: Mapping[str, str] | None = None,
    ask: Callable[[str], str] | None,
) -> str:
    """Find a passphrase: in the environment, then in the keyring, then by asking.

    Args:
        owner: Whose keys are opened, a lower-case address.
        environment: The process's own unless told.
        ask: Asks a person, such as ``getpass.getpass``; None where nobody is there.

    Returns:
        The passphrase.

    Raises:
        CredentialError: There is none.
    """
    around = os.environ if environment is None else environment
    found = around.get(VARIABLE) or _from_keyring(owner)
    if not found and ask is not None:
        found = ask(f"Passphrase of the keys of {owner}: ")
    if not found:
        raise CredentialError(
            f"there is no passphrase for the keys of {owner}: set {VARIABLE}, or keep it in the "
            "system's keyring (pip install 'salus[keyring]') with `salus vault remember`"
        )
    return found


def remember_passphrase(owner: str, passphrase: str) -> None:
    """Keep a passphrase in the operating system's keyring.

    Args:
        owner: Whose keys it opens, a lower-case address.
        passphrase: What to keep.

    Raises:
        StorageUnavailable: There is no keyring, or it is locked.
    """
    keyring = _keyring()
    if keyring is None:
        raise StorageUnavailable("keyring", "it is not installed: pip install 'salus[keyring]'")
    try:
        keyring.set_password(SERVICE, owner, passphrase)
    except keyring.errors.KeyringError as error:
        raise StorageUnavailable("keyring", type(error).__name__) from None


def forget_passphrase(owner: str) -> bool:
    """Take a passphrase out of the operating system's keyring.

    Args:
        owner: Whose keys it opens.

    Returns:
        False where there was none.
    """
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.delete_password(SERVICE, owner)
    except keyring.errors.KeyringError:
        return False
    return True


def _from_keyring(owner: str) -> str | None:
    keyring = _keyring()
    if keyring is None:
        return None
    try:
        found: str | None = keyring.get_password(SERVICE, owner)
    except keyring.errors.KeyringError:
        return None
    return found


def _keyring() -> ModuleType | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    return keyring

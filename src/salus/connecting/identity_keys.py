"""Whose encryption keys a participant holds: opened from its state folder, made there once.

Example:
    >>> from salus.config import Settings
    >>> passphrase_of("0x" + "ab" * 20, Settings(passphrase="seven wet otters"))
    'seven wet otters'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salus.chain.control_check import require_control
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.keys.state_folder import keys_file, owners

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.config import Settings
    from salus.vault.keys.identity_keys import IdentityKeys


@typed_arguments
def passphrase_of(identity: Address, settings: Settings) -> str:
    """What opens the encryption keys of an identity: as configured, else from the keyring.

    Raises:
        CredentialError: There is neither.
    """
    from salus.vault.keys.passphrase_sources import find_passphrase

    return settings.passphrase or find_passphrase(identity, environment={}, ask=None)


def identity_keys(
    chain: Chain, account: Account, settings: Settings, folder: Path | None
) -> IdentityKeys:
    """The participant's encryption keys: kept under its passphrase, or of this run only."""
    from salus.vault.keys.identity_keys import IdentityKeys
    from salus.vault.keys.key_file import open_keys

    if folder is None:
        return IdentityKeys.generate(account.identity, created_at=chain.now())

    def new() -> IdentityKeys:
        _require_new(folder, chain, account)
        return IdentityKeys.generate(account.identity, created_at=chain.now())

    path = keys_file(folder, account.identity)
    return open_keys(path, passphrase=passphrase_of(account.identity, settings), new=new)


def _require_new(folder: Path, chain: Chain, account: Account) -> None:
    """Before keys are made: a new account in an old state folder acts for the identity there."""
    others = owners(folder)
    if others:
        raise InputError(
            f"{folder} holds the keys of {', '.join(others)}, and none of {account.identity}: to"
            " act for one that this account controls name it as identity= or in SALUS_IDENTITY; a"
            " new participant takes a folder of its own"
        )
    require_control(chain, account)

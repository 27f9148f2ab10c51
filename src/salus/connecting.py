"""From settings to a participant: chain, account, key store, storage, logs.

Example:
    >>> from salus.connecting import open_participant
    >>> open_participant("tester").chain.network
    'tester'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salus.client import Salus
from salus.config import Settings
from salus.errors import CredentialError
from salus.logs import LogStore

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.chain.signers import Account
    from salus.vault import Vault

KEY_STORE = "keystore.sqlite"
LOGS = "logs.sqlite"


def payer(chain: Chain, settings: Settings) -> Account:
    """The configured account; the first development account on a local chain without one.

    Raises:
        CredentialError: When none is configured for a chain that is not local.
    """
    account = settings.account(chain)
    if account is None:
        raise CredentialError(
            "no account is configured: set SALUS_KEYSTORE and SALUS_PASSPHRASE"
        )
    return account


def open_participant(
    network: str | None = None,
    *,
    account: Account | None = None,
    storage: str | None = None,
    state: str | Path | None = None,
) -> Salus:
    """Connect a participant; see :meth:`salus.Salus.connect` for arguments and errors."""
    settings = Settings.load(
        network=network, storage=storage, state=None if state is None else str(state)
    )
    chain = settings.connect()
    folder = Path(settings.state) if settings.state else None
    logs = LogStore.open(_url(folder, LOGS), chain_id=chain.chain_id)
    vault = _vault(chain, settings, folder) if settings.storage else None
    return Salus(chain, account=account or settings.account(chain), vault=vault, logs=logs)


def _vault(chain: Chain, settings: Settings, folder: Path | None) -> Vault:
    from salus.vault import Vault

    assert settings.storage is not None
    keystore = settings.keystore_db or _url(folder, KEY_STORE)
    return Vault(settings.storage, keystore, chain_id=chain.chain_id)


def _url(folder: Path | None, name: str) -> str:
    return "memory:" if folder is None else f"sqlite:///{folder.resolve() / name}"

"""From a network's name to a participant: chain, account, key store, storage, logs.

Example:
    >>> from salus.connecting import open_participant
    >>> open_participant("tester").chain.network
    'tester'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salus.client import Salus
from salus.logs import LogStore

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.chain.signers import Account
    from salus.vault import Vault

KEY_STORE = "keystore.sqlite"
LOGS = "logs.sqlite"


def open_participant(
    network: str | None = None,
    *,
    account: Account | None = None,
    storage: str | None = None,
    state: str | Path | None = None,
) -> Salus:
    """Connect a participant; see :meth:`salus.Salus.connect` for arguments and errors."""
    from salus.chain import Chain, development_account
    from salus.config import Config

    config = Config.load(network=network, storage=storage, state=state)
    chain = Chain.connect(config.network, url=config.rpc_url)
    payer = account or config.account(chain)
    if payer is None and chain.network == "tester":
        payer = development_account(0)
    folder = config.state
    logs = LogStore.open(_url(folder, LOGS), chain_id=chain.chain_id)
    vault = _vault(chain, config.storage, folder) if config.storage else None
    return Salus(chain, account=payer, vault=vault, logs=logs)


def _vault(chain: Chain, storage: str, folder: Path | None) -> Vault:
    from salus.vault import Vault

    return Vault(storage, _url(folder, KEY_STORE), chain_id=chain.chain_id)


def _url(folder: Path | None, name: str) -> str:
    return "memory:" if folder is None else f"sqlite:///{folder.resolve() / name}"

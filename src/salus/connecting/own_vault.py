"""A participant's vault, as settings describe it: its keys, its key database, its storages."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from salus.connecting.identity_keys import identity_keys, passphrase_of
from salus.errors import InputError, StorageError
from salus.primitives.address import checked_address
from salus.store.files import url_of
from salus.vault.errors import WrongKey
from salus.vault.keys.state_folder import keys_file, only_owner

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.config import Settings
    from salus.vault.vault import Vault

KEY_DATABASE = "keys.sqlite"
_CHAIN = "chain"


def vault_on_chain(
    chain: Chain, account: Account, settings: Settings, folder: Path | None
) -> Vault:
    """Open the vault of who acts on a chain; its keys are made where there are none.

    Raises:
        CredentialError: The keys do not open, or lie elsewhere.
        InputError: The key database is of another chain.
    """
    from salus.vault.keys.encrypted_keys import load_keys
    from salus.vault.vault import Vault

    assert settings.storage is not None  # noqa: S101 - the caller looked
    keys = identity_keys(chain, account, settings, folder)
    database = database_url(settings, folder)
    others = (settings.read_from or "").split()
    vault = Vault(settings.storage, database, keys=keys, chain_id=chain.chain_id, read_from=others)
    if folder is not None:  # another process may rotate them meanwhile
        path, whose = keys_file(folder, keys.identity), keys.identity
        vault.own_keys.read_by(lambda: load_keys(path, passphrase=passphrase_of(whose, settings)))
    try:
        _note_chain(vault)
    except BaseException:
        vault.close()
        raise
    return vault


def _note_chain(vault: Vault) -> None:
    """Whose erasures a key database is compared with, and what it opens for with no node."""
    notes, noted = vault.notebook(_CHAIN), None
    with suppress(StorageError, WrongKey):  # full, or torn: what looks after it says so
        noted = notes.get("id")
        if noted is None:
            notes.put("id", vault.chain_id)
    if noted not in (None, vault.chain_id):
        raise InputError(
            f"the key database {vault.database.url} is of chain {noted}, and the node serves"
            f" {vault.chain_id}: name another node, or another state folder"
        )


def vault_of_folder(settings: Settings) -> Vault:
    """Open the vault whose keys lie in a state folder, of the chain that it was used with.

    Raises:
        CredentialError: The keys do not open.
        InputError: It is not clear which vault is meant, it never met a node, or it is of another
            chain than the settings name.
    """
    from salus.vault.database.key_database import KeyDatabase
    from salus.vault.keys.encrypted_keys import load_keys
    from salus.vault.vault import Vault

    if not settings.storage or not settings.state:
        raise InputError("a vault is opened from its storage= URL and its state= folder: name both")
    folder = Path(settings.state)
    whose = checked_address(settings.identity) if settings.identity else only_owner(folder)
    keys = load_keys(keys_file(folder, whose), passphrase=passphrase_of(whose, settings))
    database = KeyDatabase.open(database_url(settings, folder))
    try:
        database.let_in(keys.identity, keys.store_key)
        chain_id = database.notebook(_CHAIN).get("id")
        if chain_id is None:
            raise InputError(f"{database.url} was never opened with a node: do that once")
        _require_chain(settings, chain_id, of=database.url)
        others = (settings.read_from or "").split()
        return Vault(settings.storage, database, keys=keys, chain_id=chain_id, read_from=others)
    except BaseException:
        database.close()
        raise


def _require_chain(settings: Settings, chain_id: int, *, of: str) -> None:
    """Refuse the key database of another chain than the settings name, although no node is asked.

    Raises:
        ConfigurationInvalid: The settings name no network that is known.
        InputError: They name another chain.
    """
    from salus.chain.node.networks import chain_of_name

    named = chain_of_name(settings.network) if settings.network else None
    expected = settings.expected_chain() or named
    if expected not in (None, chain_id):
        raise InputError(
            f"the key database {of} is of chain {chain_id}, and chain {expected} is expected"
            " (SALUS_CHAIN_ID, or the network's name): expect that one, or name another state"
            " folder"
        )


def database_url(settings: Settings, folder: Path | None) -> str:
    """Where the key database lies: as configured, else in the state folder, else in memory."""
    told = settings.key_database
    if told:
        return told if told.startswith("memory:") or "://" in told else url_of(Path(told))
    return "memory:" if folder is None else url_of(folder / KEY_DATABASE)

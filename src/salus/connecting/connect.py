"""From settings to a participant: chain, account, key database, storage, logs.

Example:
    >>> import salus
    >>> with salus.connect("tester") as me:
    ...     me.chain.network
    'tester'
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from salus.anchors.store import LogStore
from salus.chain.control_check import require_control
from salus.chain.errors import ChainUnreachable
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Account
from salus.client import Salus
from salus.config import Settings
from salus.errors import CredentialError, InputError, StorageError
from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import StorageFull
from salus.primitives.times import Wait
from salus.vault.errors import WrongKey
from salus.vault.keys.state_folder import keys_file, only_owner, owners
from salus.vault.letters.allowlist import InboxAllowlist
from salus.vault.storage.errors import KeyDatabaseNotCompared

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.node.networks import Network
    from salus.vault.keys.identity_keys import IdentityKeys
    from salus.vault.vault import Vault

_log = logging.getLogger(__name__)
KEY_DATABASE = "keys.sqlite"
LOGS = "logs.sqlite"
OUTBOX = "outbox.sqlite"
_CHAIN = "chain"


def payer(chain: Chain, settings: Settings) -> Account:
    """The configured account; the first development account on a local chain without one."""
    account = settings.account(chain)
    if account is None:
        raise CredentialError("no account is configured: set SALUS_KEYSTORE and SALUS_PASSPHRASE")
    return account


@typed_arguments
def passphrase_of(identity: Address, settings: Settings) -> str:
    """What opens the encryption keys of an identity: as configured, else from the keyring.

    Raises:
        CredentialError: There is neither.
    """
    from salus.vault.keys.passphrase_sources import find_passphrase

    return settings.passphrase or find_passphrase(identity, environment={}, ask=None)


@typed_arguments
def connect(
    network: Network | None = None,
    *,
    account: AnyAccount | None = None,
    storage: str | None = None,
    state: str | Path | None = None,
    read_from: Sequence[str] = (),
    inboxes: Sequence[str] = (),
    identity: Address | None = None,
    index: str | Path | None = None,
    timeout: Wait | None = None,
) -> Salus:
    """Connect to a node, with what arguments, environment and ``.env`` say.

    Args:
        network: ``tester`` (in process, deployed at once), ``anvil``, ``hardhat``, an RPC URL; or a
            ``web3.Web3`` or its provider.
        account: Who pays: a `salus.Account`, an account of eth_account or ape, or anything with
            ``address``, ``sign_transaction`` and ``sign_typed_data``. Defaults to the configured
            one, and on ``tester`` to the first funded.
        storage: URL of the blob storage; a client without one handles no records.
        state: Folder for this participant's keys, key database and logs; defaults to memory, which
            only ``memory:`` storages are good for.
        read_from: URLs of further storages that received records may be read from.
        inboxes: Which inboxes that others chose may be opened: schemes such as ``s3:``, and URLs
            under which all is allowed. Defaults to all on a local chain, to ``s3:`` elsewhere.
        identity: In whose name the account acts; as for `Salus`, and SALUS_IDENTITY.
        index: File of an index of the chain's events, as `salus index run` makes it: lists are read
            from it, and what it has not read yet from the node. Defaults to none.
        timeout: To wait for each transaction, and for a foreign provider; as `salus.chain.connect`.

    Returns:
        The client. Close it afterwards, or use it in a ``with``.

    Raises:
        ChainError: The node cannot be reached, or is another chain than the deployment's.
        CredentialError: The account's keystore, or the encryption keys, do not open.
        SignerNotInControl: The account does not control the identity; nothing was written.
        InputError: A setting or URL is not valid; or blobs would last, and keys not.
    """
    settings = Settings.load(
        network=network if isinstance(network, str) else None,
        storage=storage,
        state=None if state is None else str(state),
        read_from=" ".join(read_from),
        inboxes=" ".join(inboxes),
        identity=identity,
        index=None if index is None else str(index),
    )
    # Read before anything is opened: a list that says nothing must not look like one that does.
    allowed = InboxAllowlist.listed(settings.inboxes) if settings.inboxes else None
    with ExitStack() as opened:  # whatever fails, nothing stays open
        chain = settings.connect(network, timeout=timeout)
        opened.callback(chain.close)
        if settings.index:
            _list_from(chain, settings.index)
        payer = settings.account(chain) if account is None else _acting(account, identity, settings)
        if payer is not None and payer.identity != payer.address:
            require_control(chain, payer)
        folder = Path(settings.state) if settings.state else None
        logs = LogStore.open(_url(folder, LOGS), chain_id=chain.chain_id)
        opened.callback(logs.close)
        vault = None
        if settings.storage and payer is not None:
            if folder is not None or _ends_with_this_process(settings.storage):
                vault = _vault(chain, payer, settings, folder)
                opened.callback(vault.close)
            elif storage is not None:
                raise InputError(
                    f"what is kept in {storage} could never be opened again: its keys and logs"
                    " would end with this process. Give state=, a folder for them, or set"
                    " SALUS_STATE"
                )
        outbox = None
        if folder is not None and chain.network != "tester":
            from salus.outbox.opening import open_journal

            try:
                outbox = open_journal(
                    chain, _url(folder, OUTBOX), confirmations=settings.confirmations_of(chain)
                )
                opened.callback(outbox.close)
            except StorageFull as full:  # no full disk may stop a revocation
                _log.warning("acts go out without being written down: %s", full)
        client = Salus(chain, account=payer, vault=vault, logs=logs, inboxes=allowed, outbox=outbox)
        if chain.network == "tester" and payer is not None:
            client.anchors.log.forget_seen()  # that chain begins with each connection
        opened.pop_all()
    return client


@typed_arguments
def open_vault(
    network: str | None = None,
    *,
    storage: str | None = None,
    state: str | Path | None = None,
    read_from: Sequence[str] = (),
    identity: Address | None = None,
) -> Vault:
    """Open one's vault to read records of one's own: with no node, and no account.

    Args:
        network: Asked only where the key database must be compared with the chain first, because it
            was put in place since; as for `connect`, as are the others.
        storage: URL of the blob storage.
        state: Folder of this participant's keys and key database, which exist already.
        read_from: URLs of further storages that blobs may be read from.
        identity: Whose vault; not needed where the folder holds one identity's keys.

    Returns:
        The vault: ``vault.open(vault.manifest(record))``. Close it afterwards.

    Raises:
        CredentialError: The keys do not open.
        InputError: It is not clear which vault is meant, or it never met a node.
        StorageError: The key database cannot be opened; opening a record of one that was put in
            place, with no node in reach, ends in `KeyDatabaseNotCompared`.
    """
    settings = Settings.load(
        network=network,
        storage=storage,
        state=None if state is None else str(state),
        read_from=" ".join(read_from),
        identity=identity,
    )
    vault = _vault_alone(settings)

    def compare() -> None:
        try:
            with connect(
                network, storage=storage, state=state, read_from=read_from, identity=vault.identity
            ) as client:
                client.compare()
        except ChainUnreachable as problem:
            raise KeyDatabaseNotCompared(vault.database.url) from problem

    vault.database.comparison.set(compare)
    return vault


def _vault_alone(settings: Settings) -> Vault:
    from salus.vault.database.key_database import KeyDatabase
    from salus.vault.keys.encrypted_keys import load_keys
    from salus.vault.vault import Vault

    if not settings.storage or not settings.state:
        raise InputError("a vault is opened from its storage= URL and its state= folder: name both")
    folder = Path(settings.state)
    whose = checked_address(settings.identity) if settings.identity else only_owner(folder)
    keys = load_keys(keys_file(folder, whose), passphrase=passphrase_of(whose, settings))
    told = settings.key_database
    database = KeyDatabase.open(_database(told) if told else _url(folder, KEY_DATABASE))
    try:
        database.let_in(keys.identity, keys.store_key)
        chain_id = database.notebook(_CHAIN).get("id")
        if chain_id is None:
            raise InputError(f"{database.url} was never opened with a node: do that once")
        others = (settings.read_from or "").split()
        return Vault(settings.storage, database, keys=keys, chain_id=chain_id, read_from=others)
    except BaseException:
        database.close()
        raise


def _list_from(chain: Chain, where: str) -> None:
    from salus.index import Index

    chain.listing.source = Index.open(where, chain, make=False).source(chain)


def require_no_other_keys(settings: Settings) -> None:
    """Refuse to make keys in a state folder while the chain names one that lies elsewhere.

    Raises:
        CredentialError: Whoever announced it would no longer open what others seal.
    """
    from salus.mail.own_keys import require_held

    if not (settings.storage and settings.state):
        return  # nowhere to look: what opens the vault refuses
    chain = settings.connect()
    me = payer(chain, settings)
    if not keys_file(Path(settings.state), me.identity).exists():
        with Salus(chain, account=me) as reader:
            require_held(reader.identities, me.identity, holds=lambda _: False)


def _acting(account: AnyAccount, identity: Address | None, settings: Settings) -> Account:
    """An account that was given: for whom it acts is what arguments say, then the settings."""
    payer = Account.of(account)
    own = payer.identity == payer.address
    named = identity or (settings.identity if own else None)
    return payer.acting_for(named) if named else payer


def _ends_with_this_process(storage: str) -> bool:
    from salus.vault.storage.memory import MemoryStorage
    from salus.vault.storage.url_schemes import open_storage

    return isinstance(open_storage(storage), MemoryStorage)


def _vault(chain: Chain, account: Account, settings: Settings, folder: Path | None) -> Vault:
    from salus.vault.keys.encrypted_keys import load_keys
    from salus.vault.vault import Vault

    assert settings.storage is not None  # noqa: S101 - the caller looked
    keys = _identity_keys(chain, account, settings, folder)
    told = settings.key_database
    database = _database(told) if told else _url(folder, KEY_DATABASE)
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


def _identity_keys(
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


def _url(folder: Path | None, name: str) -> str:
    return "memory:" if folder is None else _file_url(folder / name)


def _database(told: str) -> str:
    """A key database's URL, from one or from a path."""
    named = told.startswith("memory:") or "://" in told
    return told if named else _file_url(Path(told))


def _file_url(path: Path) -> str:
    return f"sqlite://{quote(os.fsencode(path.resolve()))}"

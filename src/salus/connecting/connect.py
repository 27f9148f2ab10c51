"""From settings to a participant: chain, account, vault, logs, outbox.

Example:
    >>> import salus
    >>> with salus.connect("tester") as me:
    ...     me.chain.network
    'tester'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from salus.anchors.store import LogStore
from salus.chain.control_check import require_control
from salus.chain.sending.journal import Journal, Unwritten
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Account
from salus.client import Salus
from salus.config import Settings
from salus.connecting.own_vault import vault_on_chain
from salus.errors import CredentialError, InputError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Wait
from salus.store.files import url_of
from salus.vault.keys.state_folder import keys_file
from salus.vault.letters.allowlist import InboxAllowlist

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.node.networks import Network
    from salus.fhir.sensitivity.table import SensitivityTable

LOGS = "logs.sqlite"
OUTBOX = "outbox.sqlite"


def payer(chain: Chain, settings: Settings) -> Account:
    """The configured account; the first development account on a local chain without one."""
    account = settings.open_account(chain)
    if account is None:
        raise CredentialError("no account is configured: set SALUS_ACCOUNT, keystore:FILE say")
    return account


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
    outbox: str | Path | None = None,
    sensitivity_table: str | Path | None = None,
    timeout: Wait | None = None,
    checked_by: str | None = None,
    unchecked: str | None = None,
) -> Salus:
    """Connect to a node, with what arguments, environment and ``.env`` say.

    Args:
        network: ``tester`` (in process, deployed at once), ``anvil``, ``hardhat``, an RPC URL; or a
            ``web3.Web3`` or its provider.
        account: Who pays: a `salus.Account`, an account of eth_account or ape, or anything with
            ``address``, ``sign_transaction`` and ``sign_typed_data``; or the name of one, as
            SALUS_ACCOUNT has it. Defaults to the configured one, and on ``tester`` to the first
            funded.
        storage: URL of the blob storage; a client without one handles no records.
        state: Folder for this participant's keys, key database and logs; defaults to memory, which
            only ``memory:`` storages are good for.
        read_from: URLs of further storages that received records may be read from.
        inboxes: Which inboxes that others chose may be opened: schemes such as ``s3:``, and URLs
            under which all is allowed. Defaults to all on a local chain, to ``s3:`` elsewhere.
        identity: In whose name the account acts; as for `Salus`, and SALUS_IDENTITY.
        index: File of an index of the chain's events, as `salus index run` makes it: lists are read
            from it, and what it has not read yet from the node. Defaults to none.
        outbox: Where acts are written down before they leave: a file, or the URL of a Postgres
            database that several machines write to. Defaults to a file in the state folder.
        sensitivity_table: File of one's own table of sensitive codes, which counts beside the
            standard one.
        timeout: To wait for each transaction, and for a foreign provider; as `salus.chain.connect`.
        checked_by: URL of another node, which the answers of this one are compared with; as
            `salus.chain.connect`.
        unchecked: What is done where that one does not answer: ``refuse``, or ``warn`` and go on.

    Returns:
        The client. Close it afterwards, or use it in a ``with``.

    Raises:
        ChainError: The node cannot be reached, or is another chain than the deployment's.
        CredentialError: The account's keystore, or the encryption keys, do not open; or a signing
            service does not answer, or does not have the account's key.
        NodesDiffer: The second node says something else than the first.
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
        account=account if isinstance(account, str) else None,
        index=None if index is None else str(index),
        outbox=None if outbox is None else str(outbox),
        checked_by=checked_by,
        unchecked=unchecked,
        sensitivity_table=None if sensitivity_table is None else str(sensitivity_table),
    )
    # Read before anything is opened: a list that says nothing must not look like one that does.
    allowed = InboxAllowlist.listed(settings.inboxes) if settings.inboxes else None
    table = _own_table(settings)
    with ExitStack() as opened:  # whatever fails, nothing stays open
        folder = Path(settings.state) if settings.state else None
        chain = settings.connect(network, timeout=timeout, journal=_journal(settings))
        opened.callback(chain.close)
        if settings.index:
            _list_from(chain, settings.index)
        payer = _payer(chain, account, identity=identity, settings=settings)
        if payer is not None and payer.identity != payer.address:
            require_control(chain, payer)
        logs = LogStore.open(_url(folder, LOGS), chain_id=chain.chain_id)
        opened.callback(logs.close)
        vault = None
        if settings.storage and payer is not None:
            if folder is not None or _ends_with_this_process(settings.storage):
                vault = vault_on_chain(chain, payer, settings, folder)
                opened.callback(vault.close)
            elif storage is not None:
                raise InputError(
                    f"what is kept in {storage} could never be opened again: its keys and logs"
                    " would end with this process. Give state=, a folder for them, or set"
                    " SALUS_STATE"
                )
        client = Salus(
            chain, account=payer, vault=vault, logs=logs, inboxes=allowed, sensitivity=table
        )
        if chain.network == "tester" and payer is not None:
            client.anchors.log.forget_seen()  # that chain begins with each connection
        opened.pop_all()
    return client


def _own_table(settings: Settings) -> SensitivityTable | None:
    if not settings.sensitivity_table:
        return None
    from salus.fhir.sensitivity.standard import read_table

    return read_table(Path(settings.sensitivity_table))


def outbox_of(settings: Settings) -> str | None:
    """Where acts are written down: as it is set, or else in the state folder; None for nowhere."""
    if settings.outbox or not settings.state:
        return settings.outbox
    return url_of(Path(settings.state) / OUTBOX)


def _journal(settings: Settings) -> Callable[[Chain], Journal]:
    """Write acts down where that is said, but for a chain that ends with this process."""
    where = outbox_of(settings)

    def make(chain: Chain) -> Journal:
        if where is None or chain.network == "tester":
            return Unwritten()
        from salus.outbox.opening import open_journal

        confirmations = settings.confirmations_of(chain)
        return open_journal(chain, where, confirmations=confirmations)

    return make


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
    with settings.connect() as chain:
        me = payer(chain, settings)
        if not keys_file(Path(settings.state), me.identity).exists():
            identities = Salus(chain, account=me).identities
            require_held(identities, me.identity, holds=lambda _: False)


def _payer(
    chain: Chain, account: AnyAccount | None, *, identity: Address | None, settings: Settings
) -> Account | None:
    """The account that was given, or the one that the settings name."""
    if account is None or isinstance(account, str):
        return settings.open_account(chain)
    return _acting(account, identity, settings)


def _acting(account: AnyAccount, identity: Address | None, settings: Settings) -> Account:
    """An account that was given: for whom it acts is what arguments say, then the settings."""
    payer = Account.of(account)
    own = payer.identity == payer.address
    named = identity or (settings.identity if own else None)
    return payer.acting_for(named) if named else payer


def _ends_with_this_process(storage: str) -> bool:
    from salus.vault.storage.memory import MemoryStorage
    from salus.vault.storage.storage_kinds import open_storage

    return isinstance(open_storage(storage), MemoryStorage)


def _url(folder: Path | None, name: str) -> str:
    return "memory:" if folder is None else url_of(folder / name)

"""One's own vault without a node: records of one's own are read when no chain answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from salus.chain.errors import ChainUnreachable
from salus.config import Settings
from salus.connecting.connect import connect
from salus.connecting.own_vault import vault_of_folder
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.vault.storage.errors import KeyDatabaseNotCompared

if TYPE_CHECKING:
    from salus.vault.vault import Vault


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
        InputError: It is not clear which vault is meant, it never met a node, or it is of another
            chain than SALUS_CHAIN_ID or the network's name says.
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
    vault = vault_of_folder(settings)

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

"""A backup of a participant's state, taken while it works: key database, then logs, then keys.

Example:
    >>> Backup("0x" + "12" * 20, (Path("keys.sqlite"),)).files[0].name
    'keys.sqlite'
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from salus.connecting.connect import LOGS
from salus.connecting.own_vault import KEY_DATABASE, database_url
from salus.errors import InputError
from salus.primitives.address import Address, checked_address
from salus.primitives.files import create_file, make_folder, named_errors
from salus.primitives.values import typed
from salus.store.copying import copy_database
from salus.store.files import file_of
from salus.vault.keys.encrypted_keys import load_keys
from salus.vault.keys.state_folder import keys_file, only_owner

if TYPE_CHECKING:
    from salus.config import Settings


@dataclass(frozen=True, slots=True)
@typed
class Backup:
    """What was copied.

    Attributes:
        identity: Whose state it is.
        files: The copies, in the order in which they were made.
    """

    identity: Address
    files: tuple[Path, ...]


def back_up(settings: Settings, to: Path, *, passphrase: str) -> Backup:
    """Copy what a state folder cannot do without into a folder that is new or empty.

    The key database comes first and the logs after it, since logs that are newer are always right.
    Neither the outbox nor marks are copied, nor blobs, nor the account's keystore.

    Raises:
        InputError: It is not clear whose state is meant, it has no key database in a file, or the
            folder holds something.
        WrongPassphrase: The passphrase does not open the key file; nothing was copied.
        StorageError: Something cannot be read or written.
    """
    if not settings.state:
        raise InputError("name the state folder to back up: --state, or SALUS_STATE")
    folder = Path(settings.state)
    whose = checked_address(settings.identity) if settings.identity else only_owner(folder)
    keys, database = keys_file(folder, whose), file_of(database_url(settings, folder))
    if database is None or not database.is_file():
        raise InputError(f"{folder} has no key database in a file: there is nothing to back up")
    load_keys(keys, passphrase=passphrase)
    with named_errors(str(to)):
        make_folder(to)
        if any(to.iterdir()):
            raise InputError(f"{to} is not empty: name a new folder for each backup")
    copies = [to / KEY_DATABASE]
    copy_database(database, copies[0])
    if (folder / LOGS).is_file():
        copies.append(to / LOGS)
        copy_database(folder / LOGS, copies[-1])
    copies.append(to / keys.name)
    with named_errors(str(keys)):
        create_file(copies[-1], keys.read_bytes())
    return Backup(whose, tuple(copies))

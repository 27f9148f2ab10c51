"""The file of an identity's keys, where several programs may meet: nobody's keys are replaced.

Example:
    >>> import pathlib, tempfile
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keys.key_file import create_keys, open_keys
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "keys.json"
    >>> new = lambda: IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> ours = open_keys(path, passphrase="seven wet otters", new=new)
    >>> open_keys(path, passphrase="seven wet otters", new=new) == ours
    True
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from salus.errors import InputError, SalusError
from salus.primitives.arguments import typed_arguments
from salus.primitives.files import create_file, locked
from salus.primitives.passphrases import require_long_enough
from salus.primitives.times import Moment
from salus.vault.keys.encrypted_keys import (
    DEFAULT,
    FASTEST,
    Cost,
    encrypt_keys,
    load_keys,
    load_with_cost,
    write_keys,
)
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.passphrase_sources import remembered_as


@typed_arguments
def open_keys(
    path: Path, *, passphrase: str, new: Callable[[], IdentityKeys], cost: Cost = DEFAULT
) -> IdentityKeys:
    """Load an identity's keys, or make them: of two programs that begin together, one does.

    Args:
        path: The file; readable by its owner only.
        passphrase: What opens it, or is to open it.
        new: Makes keys, called only where there is no file.
        cost: How slow guessing is made, where it is made.

    Returns:
        What the file holds.

    Raises:
        PassphraseTooShort: There is no file, and the passphrase is too short for a new one.
        StorageError: The file cannot be read or written.
        MalformedKeyFile: It is not a key file of this format.
        WrongPassphrase: The passphrase is wrong or the file was changed.
    """
    if not path.exists():
        require_long_enough(passphrase)
        keys = new()
        if create_file(path, encrypt_keys(keys, passphrase=passphrase, cost=cost)):
            return keys
    return load_keys(path, passphrase=passphrase)


@typed_arguments
def create_keys(path: Path, keys: IdentityKeys, *, passphrase: str, cost: Cost = DEFAULT) -> None:
    """Write identity keys to a file that does not exist yet.

    Args:
        path: The file; readable by its owner only.
        keys: What to protect.
        passphrase: What opens it again, 8 characters or more.
        cost: How slow guessing is made.

    Raises:
        InputError: There is such a file, which stays as it is; or the passphrase is too short.
        StorageError: It cannot be written.
    """
    require_long_enough(passphrase)
    if not create_file(path, encrypt_keys(keys, passphrase=passphrase, cost=cost)):
        raise InputError(f"{path} exists: move it away first, nothing was written")


@typed_arguments
def change_passphrase(path: Path, *, passphrase: str, new: str, cost: Cost = DEFAULT) -> bool:
    """Encrypt a key file under another passphrase; copies made before keep the old one.

    The entry of the system's keyring follows, where there is one. Where anything fails it is what
    opens the file that is there then.

    Args:
        path: The file.
        passphrase: What opens it now.
        new: What opens it from now on, 8 characters or more.
        cost: How slow guessing is made.

    Returns:
        Whether the system's keyring had an entry, which is the new one now.

    Raises:
        WrongPassphrase: The passphrase is wrong or the file was changed.
        InvalidArgument: The new one is too short, or has characters that nobody sees.
        MalformedKeyFile: It is not a key file of this format.
        StorageError: The file cannot be read or written, or the keyring does not answer.
    """
    with locked(path):
        keys, before = load_with_cost(path, passphrase=passphrase)
        require_long_enough(new)
        encrypt_keys(keys, passphrase=new, cost=FASTEST)  # what is refused is, before anything
        with remembered_as(keys.identity, new, stands=lambda: _opens(path, new)) as remembered:
            write_keys(path, keys, passphrase=new, cost=cost.at_least(before))
        return remembered


def _opens(path: Path, passphrase: str) -> bool:
    try:
        load_keys(path, passphrase=passphrase)
    except SalusError:
        return False
    return True


def rotate_keys(
    path: Path,
    *,
    passphrase: str,
    created_at: int,
    announced: Callable[[IdentityKeys], bool],
    cost: Cost = DEFAULT,
) -> IdentityKeys:
    """Start a new encryption key, unless one that was started still waits to be announced.

    One program at a time: each goes on from what the file holds, never from what it once read, so
    that no key that somebody announces is missing from the file.

    Args:
        created_at: Seconds since 1970 (UTC).

    Raises:
        StorageError: The file cannot be read or written.
        MalformedKeyFile: It is not a key file of this format.
        WrongPassphrase: The passphrase is wrong or the file was changed.
    """
    with locked(path):
        keys, before = load_with_cost(path, passphrase=passphrase)
        if announced(keys):
            keys = keys.rotate(created_at=created_at)
            write_keys(path, keys, passphrase=passphrase, cost=cost.at_least(before))
        return keys


@typed_arguments
def retire_keys(
    path: Path, *, passphrase: str, before: Moment, cost: Cost = DEFAULT
) -> tuple[IdentityKeys, int]:
    """Destroy keys that were replaced before a time; what is sealed to them is never opened again.

    Take in first what may be sealed to them. It goes on from what the file holds, as
    :func:`rotate_keys` does; copies and recovery shares made before still hold them.

    Args:
        path: The file.
        passphrase: What opens it.
        before: A datetime, a date, or seconds since 1970 (UTC).
        cost: How slow guessing is made, at least.

    Returns:
        The keys that are left, and how many went.

    Raises:
        StorageError: The file cannot be read or written.
        MalformedKeyFile: It is not a key file of this format.
        WrongPassphrase: The passphrase is wrong or the file was changed.
    """
    with locked(path):
        keys, there = load_with_cost(path, passphrase=passphrase)
        left = keys.retire(before=before)
        if left != keys:
            write_keys(path, left, passphrase=passphrase, cost=cost.at_least(there))
        return left, len(keys.keys) - len(left.keys)

"""Where the encryption keys of identities lie in a state folder, and whose lie there.

Example:
    >>> keys_file(Path("state"), "0x" + "ab" * 20).name[-14:]
    'abab.keys.json'
"""

from __future__ import annotations

from pathlib import Path

from salus.errors import InputError
from salus.primitives.address import Address, checked_address, lower_case

_KEYS = ".keys.json"


def keys_file(folder: Path, identity: Address) -> Path:
    """Where the encryption keys of an identity lie in a state folder."""
    return folder / f"{lower_case(identity)}{_KEYS}"


def owner_of(keys: Path) -> Address:
    """Whose keys a file of a state folder holds."""
    return checked_address(keys.name.removesuffix(_KEYS))


def owners(folder: Path) -> list[Address]:
    """Whose keys lie in a state folder."""
    return [owner_of(each) for each in sorted(folder.glob(f"0x*{_KEYS}"))]


def only_owner(folder: Path) -> Address:
    """Whose keys a state folder holds, where it holds those of one identity."""
    found = owners(folder)
    if len(found) != 1:
        held = ", ".join(found) or "none"
        raise InputError(
            f"{folder} holds the keys of {held}: name one as identity= or in SALUS_IDENTITY"
        )
    return found[0]

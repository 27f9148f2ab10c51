"""What `salus lots commission` checks first, and how it goes on after a run that was killed.

Example:
    >>> day_to_come("2028-12-31", now=1_800_000_000)
    datetime.date(2028, 12, 31)
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from salus.cli.files import read_file, require_new
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.drugs import Drugs
    from salus.drugs.documents.manifest import LotManifest
    from salus.gs1.fields import LotNumber
    from salus.gs1.keys import Gtin


def day_to_come(text: str, *, now: int) -> date:
    """The last day of use of a lot that is about to be made.

    Args:
        text: What was typed.
        now: The chain's time, Unix seconds.

    Raises:
        InputError: When it is no day, or a day that has passed.
    """
    from salus.gs1.fields import expires_at

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a day: write YYYY-MM-DD, as in 2028-12-31") from None
    if expires_at(day) <= now:
        raise InputError(
            f"{text} has passed: --expiry is the last day of use that is printed on the packs"
        )
    return day


def kept(
    path: Path, gtin: Gtin, lot: LotNumber, *, expiry: date, serials: list[str]
) -> LotManifest | None:
    """The manifest that a run of the same command left behind.

    The lot may be on chain with its root: another secret would open none of those packs.

    Returns:
        The manifest; None when there is no file yet.

    Raises:
        InputError: When the file is something else; it stays as it is.
        StorageError: When there is no folder to write it in.
    """
    from salus.drugs.documents.manifest import LotManifest

    if not os.path.isfile(path):  # which a name that is too long is not, either
        require_new(path)
        return None
    try:
        found = LotManifest.from_json(read_file(path))
    except InputError:
        found = None
    asked = (gtin, lot, expiry, tuple(sorted(serials)))
    if found is None or (found.gtin, found.lot, found.expiry, found.serials) != asked:
        raise InputError(
            f"{path} exists, is not the manifest of this lot with these serials and this expiry,"
            " and is not overwritten: name another file"
        )
    return found


def done(drugs: Drugs, manifest: LotManifest) -> bool:
    """Whether the lot stands on chain as this manifest commits to it."""
    found = drugs.lots.get(manifest.gtin, manifest.lot, maker=manifest.maker)
    return found is not None and found.serial_root == manifest.root

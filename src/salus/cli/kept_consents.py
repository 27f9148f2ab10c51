"""Consents that came by post, one file each: a good one is never replaced by a copy of it.

Example:
    >>> from tempfile import mkdtemp
    >>> from salus import Salus
    >>> from salus.terms import Rule, Terms
    >>> clinic = Salus.connect("tester", storage="memory://example-kept")
    >>> terms = Terms(base=Rule(effect="permit"))
    >>> me, path = clinic.account.identity, Path(mkdtemp()) / "consent.json"
    >>> consent = clinic.consents.propose(me, me, terms)
    >>> keep_consent(path, clinic.consents.sign(consent, by=clinic.account), clinic)
    >>> path.stat().st_mode & 0o777 == 0o600
    True
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salus.cli.files import read_file, write_private
from salus.errors import InputError

if TYPE_CHECKING:
    from salus import Salus
    from salus.consents.documents import Presented


def keep_consent(path: Path, came: Presented, salus: Salus) -> None:
    """Write a consent into a private file; never in the place of one that is in force.

    Whoever knows a consent can send it again under a signature that is none. What is there is
    replaced only when it is not in force and what came is.

    Args:
        path: The file of this consent's id.
        came: What came, unchecked.
        salus: Who asks the chain.

    Raises:
        InputError: What is there cannot be read.
        StorageError: It cannot be written; what was there stays.
        ChainError: The node does not answer; what was there stays.
    """
    document = came.to_json().encode()
    if path.exists():
        kept = read_file(path)
        if kept == document or _in_force(kept, salus) or not _in_force(document, salus):
            return
    write_private(path, document)


def _in_force(document: bytes, salus: Salus) -> bool:
    from salus.consents.documents import read_consent
    from salus.errors.consent import ConsentNotInForce

    try:
        salus.consents.check(read_consent(document))
    except (InputError, ConsentNotInForce):
        return False
    return True

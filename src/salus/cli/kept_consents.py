"""Consents that came by post, one file each: of several documents of one, the best is kept.

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
    """Write a consent into a private file; in the place of one in force only what lasts longer.

    Whoever knows a consent can send it again under a signature that is none. What is there is
    replaced only by what is in force, and only when it is not, or is for a shorter time.

    Args:
        path: The file of this consent's id.
        came: What came, unchecked.
        salus: Who asks the chain.

    Raises:
        InputError: What is there cannot be read.
        StorageError: It cannot be written; what was there stays.
        ChainError: The node does not answer; what was there stays.
    """
    from salus.consents.documents import read_consent

    document = came.to_json().encode()
    if path.exists():
        kept = read_file(path)
        if kept == document or not _in_force(document, salus):
            return
        if _in_force(kept, salus) and not salus.consents.checks.outlasts(came, read_consent(kept)):
            return
    write_private(path, document)


def _in_force(document: bytes, salus: Salus) -> bool:
    from salus.consents.documents import read_consent
    from salus.consents.errors import ConsentNotInForce

    try:
        salus.consents.checks.require(read_consent(document))
    except (InputError, ConsentNotInForce):
        return False
    return True

"""Consents that came by post, one file each: of several documents of one, the best is kept.

Example:
    >>> from tempfile import mkdtemp
    >>> import salus
    >>> from salus.terms import Rule, Terms
    >>> clinic = salus.connect("tester")
    >>> me, terms = clinic.account, Terms(base=Rule(effect="permit"))
    >>> consent = clinic.consents.propose(me.identity, me.identity, terms)
    >>> folder = ConsentFolder(Path(mkdtemp()), clinic.consents.checks)
    >>> path = folder.keep(clinic.consents.sign(consent, by=me))
    >>> path.stat().st_mode & 0o777 == 0o600
    True
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from salus.consents.documents import Presented, read_consent
from salus.consents.errors import ConsentNotInForce
from salus.errors import InputError
from salus.primitives.arguments import typed_arguments
from salus.primitives.files import named_errors, replace_file
from salus_verify.json_reader import without_mark

if TYPE_CHECKING:
    from salus.consents.checks import ConsentChecks


class ConsentFolder:
    """A folder of consent documents, named by the consents' ids.

    Args:
        path: Where; it is made with the first document.
        checks: Who asks the chain.
    """

    @typed_arguments
    def __init__(self, path: Path, checks: ConsentChecks) -> None:
        self._path, self._checks = path, checks

    @typed_arguments
    def keep(self, came: Presented) -> Path:
        """Keep a consent privately; in the place of one in force only what lasts longer.

        Whoever knows a consent can send it again under a bad signature. What is there is
        replaced only by what is in force, and only when it is not, or is for a shorter time.

        Args:
            came: What came, unchecked.

        Returns:
            The file that holds this consent.

        Raises:
            StorageError: It cannot be written, or what is there not read; that stays.
            ChainError: The node does not answer; what was there stays.
        """
        path = self._path / f"{came.consent.id.hex()}.json"
        document = came.to_json().encode()
        kept = _read(path) if path.exists() else None
        if kept is None or self._is_better(came, document, kept):
            replace_file(Path(os.path.realpath(path)), document)  # a link stays a link
        return path

    def ended(self) -> tuple[ConsentNotInForce, ...]:
        """Ask which consents of the folder are in force no more; their files stay.

        Returns:
            Each with why: revoked, lapsed, or of an epoch that its patient ended.

        Raises:
            StorageError: A file cannot be read.
            ChainError: The node does not answer.
        """
        ends = map(self._end, sorted(self._path.glob("*.json")))
        return tuple(each for each in ends if each is not None)

    def _end(self, path: Path) -> ConsentNotInForce | None:
        try:
            self._checks.require(read_consent(_read(path)))
        except InputError:  # somebody else's file, or another kind of document
            return None
        except ConsentNotInForce as end:
            return end
        return None

    def _is_better(self, came: Presented, document: bytes, kept: bytes) -> bool:
        if kept == document or not self._in_force(document):
            return False
        return not self._in_force(kept) or self._checks.outlasts(came, read_consent(kept))

    def _in_force(self, document: bytes) -> bool:
        try:
            self._checks.require(read_consent(document))
        except (InputError, ConsentNotInForce):
            return False
        return True


def _read(path: Path) -> bytes:
    with named_errors(str(path)):
        return without_mark(path.read_bytes())

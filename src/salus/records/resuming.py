"""Going on where an addition was cut short: which resources are kept already, byte for byte.

Nothing is written down for this. A kept record has its salted commitment, and its owner has the
salt: whoever holds the same bytes can tell.

Example:
    >>> from salus.records.resuming import Kept
    >>> Kept.__name__
    'Kept'
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from salus.errors import MissingKey
from salus.vault import Added
from salus.vault.commitments import commit_plaintext

if TYPE_CHECKING:
    from salus.vault import Compartment, Manifest, Vault


class Kept:
    """The records of a vault, each to be found once by its content."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._alike: dict[tuple[int, str], list[Manifest]] = defaultdict(list)
        for each in vault.manifests():
            self._alike[each.plaintext_size, each.media_type].append(each)

    def take(self, data: bytes, media_type: str, compartment: Compartment) -> Added | None:
        """Find a record with these very bytes, about the same patient, that was not taken yet.

        Args:
            data: The bytes.
            media_type: What they are.
            compartment: Where they would be kept.

        Returns:
            The record; None when none is kept.
        """
        alike = self._alike[len(data), media_type]
        for manifest in alike:
            if self._is(manifest, data, compartment):
                alike.remove(manifest)
                signed = self._vault.manifest(manifest.record_id, version=manifest.version)
                return Added(signed, self._vault.opening(manifest))
        return None

    def _is(self, manifest: Manifest, data: bytes, compartment: Compartment) -> bool:
        try:
            entry = self._vault.keyring.entry(manifest.record, manifest.version)
        except MissingKey:
            return False
        salt = self._vault.opening(manifest).salt
        same = commit_plaintext(salt, data) == manifest.commitment
        return same and entry.compartment == compartment

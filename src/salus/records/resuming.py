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
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from salus.errors import MissingKey
from salus.records.sources import from_here, size_of
from salus.vault import Added
from salus.vault.blocks import Source
from salus.vault.commitments import commit_plaintext
from salus.vault.documents import canonical

if TYPE_CHECKING:
    from salus.vault import Compartment, Manifest, Vault


class Kept:
    """The records of a vault, each to be found once by its content.

    Args:
        vault: Where they are kept.
        newest_of: Only the newest version of this record; None for all records.

    Raises:
        MissingRecord: There is no such record.
    """

    def __init__(self, vault: Vault, *, newest_of: str | None = None) -> None:
        self._vault = vault
        self._alike: dict[tuple[int, str], list[Manifest]] = defaultdict(list)
        self._by_words: dict[tuple[int, str], defaultdict[bytes, list[Manifest]]] = {}
        found = vault.manifests() if newest_of is None else [vault.manifest(newest_of).manifest]
        for each in found:
            self._alike[each.plaintext_size, each.media_type].append(each)

    def take(
        self,
        source: Source,
        media_type: str,
        compartment: Compartment,
        *,
        facts: Mapping[str, Any],
    ) -> Added | None:
        """Find a record with these very bytes, about the same patient, that was not taken yet.

        Args:
            source: The bytes; afterwards it stands where it stood. What can be read only once is
                not compared.
            media_type: What they are.
            compartment: Where they would be kept.
            facts: What would be kept of them: with others, it is another record.

        Returns:
            The record; None when none is kept.
        """
        size = size_of(source)
        alike = [] if size is None else self._told(size, media_type)[_said(compartment, facts)]
        for at, manifest in enumerate(alike):
            if self._is(manifest, source):
                del alike[at]
                signed = self._vault.manifest(manifest.record_id, version=manifest.version)
                return Added(signed, self._vault.opening(manifest))
        return None

    def _told(self, size: int, media_type: str) -> defaultdict[bytes, list[Manifest]]:
        """Records of one size by what is said of them: each is decrypted once, when it may fit."""
        if (size, media_type) not in self._by_words:
            found: defaultdict[bytes, list[Manifest]] = defaultdict(list)
            for each in self._alike[size, media_type]:
                with suppress(MissingKey):
                    entry = self._vault.keyring.entry(each.record, each.version)
                    found[_said(entry.compartment, entry.facts)].append(each)
            self._by_words[size, media_type] = found
        return self._by_words[size, media_type]

    def _is(self, manifest: Manifest, source: Source) -> bool:
        salt = self._vault.opening(manifest).salt
        return commit_plaintext(salt, from_here(source)) == manifest.commitment


def _said(compartment: Compartment, facts: Mapping[str, Any]) -> bytes:
    return canonical({"compartment": compartment.to_json(), "facts": dict(facts)})

"""Going on where an addition was cut short: which resources are kept already, byte for byte.

Only what begins like the content that is looked for is decrypted and compared: what this costs
grows with what is added, and hardly with what is kept.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from salus.records.sources import first_of, from_here, size_of
from salus.vault.versions.adding import Added
from salus.vault.versions.contents import HEAD, Fingerprint
from salus_verify.opening import commit_plaintext
from salus_verify.sources import Source

if TYPE_CHECKING:
    from salus.vault.documents.compartments import Compartment
    from salus.vault.documents.facts import Span
    from salus.vault.documents.manifest import Manifest
    from salus.vault.documents.record_keys import KeyringEntry
    from salus.vault.vault import Vault

_ByWords = defaultdict[tuple["Compartment", "Span"], list["KeyringEntry"]]


class RecordsByContent:
    """The records of a vault, each to be found once by its content.

    Raises:
        MissingRecord: There is no such record.
    """

    def __init__(self, vault: Vault, *, newest_of: str | None = None) -> None:
        self._vault = vault
        self._only = None if newest_of is None else vault.manifest(newest_of)
        self._alike: dict[tuple[Fingerprint, str], _ByWords] = {}

    def take(
        self,
        source: Source,
        media_type: str,
        compartment: Compartment,
        *,
        when: Span,
    ) -> Added | None:
        """Find a record with these very bytes, about the same patient, that was not taken yet.

        Args:
            source: The bytes; afterwards it stands where it stood. What can be read only once is
                not compared.
        """
        size = size_of(source)
        if size is None:
            return None
        wanted = Fingerprint.of(media_type, size=size, first=first_of(source, HEAD))
        alike = self._told(wanted, compartment.patient)[compartment, when]
        for at, entry in enumerate(alike):
            manifest = self._vault.manifest(entry.record.hex(), version=entry.version)
            if self._is(manifest, source):
                del alike[at]
                return Added(manifest, self._vault.opening(manifest))
        return None

    def _told(self, wanted: Fingerprint, patient: str) -> _ByWords:
        """Records that begin alike, by what is said of them: looked up once, before any is new."""
        if (wanted, patient) not in self._alike:
            found: _ByWords = defaultdict(list)
            for each in self._vault.contents.like(wanted, patient=patient):
                if self._may_be(each):
                    found[each.compartment, each.facts.when].append(each)
            self._alike[wanted, patient] = found
        return self._alike[wanted, patient]

    def _may_be(self, entry: KeyringEntry) -> bool:
        only = self._only
        return only is None or (entry.record, entry.version) == (only.record, only.version)

    def _is(self, manifest: Manifest, source: Source) -> bool:
        salt = self._vault.opening(manifest).salt
        return commit_plaintext(salt, from_here(source)) == manifest.commitment

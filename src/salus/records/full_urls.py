"""What references call a record that came out of a Bundle: the ``fullUrl`` of its entry.

It stands in the record's media type, as a parameter: its issuer anchors that with the record, each
reader of the record is given it, nobody else, and it is erased with the record (docs/adr/0368).

Example:
    >>> kind = with_url("application/fhir+json", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")
    >>> kind
    'application/fhir+json; fullUrl="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"'
    >>> url_in(kind), is_called(kind, "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")
    ('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', True)
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from salus.errors import InputError
from salus.fhir.patient_references import absolute, unversioned
from salus.primitives.arguments import typed_arguments
from salus.records.naming import AnyRecord, manifest_of
from salus.vault.documents.manifest import LONGEST_TYPE
from salus.vault.errors import MissingRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from salus.records.listing import RecordListing
    from salus.vault.documents.manifest import Manifest
    from salus.vault.vault import Vault

_PARAMETER = re.compile(r'; fullUrl="([^"]*)"')
_DIGEST = re.compile(r"; fullUrl-sha256=([0-9a-f]{64})")
_PLAIN = re.compile(r'[!-~]{1,200}(?<!")')


def with_url(media_type: str, url: str) -> str:
    """Say in a media type what references call the record; one that does not fit by its digest."""
    if not url or _PARAMETER.search(media_type) or _DIGEST.search(media_type):
        return media_type
    whole = f'{media_type}; fullUrl="{url}"'
    if _PLAIN.fullmatch(url) and not {'"', "\\"} & set(url) and len(whole) <= LONGEST_TYPE:
        return whole
    return f"{media_type}; fullUrl-sha256={_digest(url)}"


def url_in(media_type: str) -> str:
    """Read the ``fullUrl``; empty where there is none, or its digest alone."""
    found = _PARAMETER.search(media_type)
    return found[1] if found else ""


def without_url(media_type: str) -> str:
    """The media type as it may be shown: an address may name a patient."""
    return _DIGEST.sub("", _PARAMETER.sub("", media_type))


def inherited(media_type: str, before: str) -> str:
    """A new version of a resource is called what the version before was called."""
    found = _PARAMETER.search(before) or _DIGEST.search(before)
    known = _PARAMETER.search(media_type) or _DIGEST.search(media_type)
    if known or not found:
        return media_type
    called = url_in(before)
    return with_url(media_type, called) if called else media_type + found[0]


def is_called(media_type: str, url: str) -> bool:
    """Whether references call a record of that media type so, whatever version they name."""
    found = _DIGEST.search(media_type)
    own = url_in(media_type)
    return unversioned(own) == url if own else found is not None and found[1] == _digest(url)


class RecordReferences:
    """From a reference in one record to the records that it means."""

    def __init__(self, vault: Vault, listing: RecordListing) -> None:
        self._vault, self._listing = vault, listing

    @typed_arguments
    def resolve(self, reference: str, *, within: AnyRecord) -> tuple[Manifest, ...]:
        """Find what a reference in a record means, among the records of one's own, or received.

        Args:
            reference: As it stands there: ``urn:uuid:…``, a whole URL, or ``Patient/1``, which is
                then one at the server that the record's own ``fullUrl`` names.
            within: The record that it stands in, its manifest or its id.

        Returns:
            The newest version of each record that came out of a Bundle under that ``fullUrl``: of
            one's own, those of the same patient; of received ones, those of the same issuer. None
            where there is none here: it may be that it was not shared.

        Raises:
            MissingRecord: ``within`` is no record that is here.
            InputError: It is the id of records of several issuers: give the manifest.
        """
        seen_from = self._meant(within)
        url = absolute(reference.partition("#")[0], seen_from=url_in(seen_from.media_type))
        near = self._near(seen_from)
        return tuple(each for each in near if url and is_called(each.media_type, url))

    def _meant(self, record: AnyRecord) -> Manifest:
        manifest = manifest_of(record)
        if manifest is not None:
            return manifest
        for held in (self._vault.manifests(), self._vault.received()):  # one's own come first
            found = [each for each in held if each.record_id == record]
            if len({each.issuer for each in found}) > 1:
                raise InputError(f"several issuers have a record {record}: give its manifest")
            if found:
                return max(found, key=lambda each: each.version)
        raise MissingRecord(str(record))

    def _near(self, manifest: Manifest) -> Iterable[Manifest]:
        if manifest.issuer == self._vault.identity:
            entry = self._vault.keyring.entries.find(manifest.record, manifest.version)
            whose = self._listing.search(patient=entry.compartment.patient)
            return [each.manifest for each in whose]
        newest: dict[bytes, Manifest] = {}
        for each in self._vault.received():
            known = newest.get(each.record)
            is_newer = known is None or each.version > known.version
            if each.issuer == manifest.issuer and is_newer:
                newest[each.record] = each
        return newest.values()


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()

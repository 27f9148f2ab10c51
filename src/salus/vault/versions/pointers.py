"""Which version of which record is known: the manifests that an owner finds, lists and opens.

Example:
    >>> record_bytes("ab" * 16).hex() == "ab" * 16
    True
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import MissingRecord, RecordErased
from salus.vault.versions.manifest_store import ManifestStore
from salus_verify.encoding import octets_of
from salus_verify.erasure_receipt import RECORD_ID_SIZE

_ID = rf"(?:0x)?[0-9a-fA-F]{{{2 * RECORD_ID_SIZE}}}"
_FORM = f"{2 * RECORD_ID_SIZE} hexadecimal digits: a manifest's record_id"


class Pointers:
    """The manifests of one vault, as its owner asks for them."""

    def __init__(self, manifests: ManifestStore, *, owner: Address) -> None:
        self._manifests, self._owner = manifests, owner

    @typed_arguments
    def manifest(self, record: str, *, version: int | None = None) -> Manifest:
        """Find a manifest of one's own.

        Args:
            record: The record's id, 32 hexadecimal digits.
            version: From 1; None for the newest.

        Returns:
            The manifest.

        Raises:
            InvalidArgument: The record id is not valid.
            MissingRecord: There is none.
            RecordErased: The record was erased.
        """
        record_id = record_bytes(record)
        if version is None:
            found = self._manifests.newest(self._owner, record_id)
        else:
            found = self._manifests.find(self._owner, record_id, version)
        if found is None:
            self.require_not_erased(self._owner, record_id)
            raise MissingRecord(record)
        return found

    @typed_arguments
    def manifests(self, *, issuer: AnyIdentity | None = None) -> list[Manifest]:
        """List manifests, by record and version.

        Args:
            issuer: Those that this identity issued and shared; None for one's own.

        Returns:
            All versions.
        """
        return self._manifests.all(self._owner if issuer is None else identity_of(issuer))

    def received(self) -> Iterator[Manifest]:
        """List what others shared: their issuers sent it, or it stands in their logs.

        Returns:
            The pointers to all versions that are known.
        """
        return self._manifests.received()

    @typed_arguments
    def where_it_lies(self, manifest: Manifest) -> Manifest:
        """Return the same version with its present blob and key; refuse another one of it.

        Args:
            manifest: A pointer to the version, perhaps of before it was encrypted again.

        Returns:
            The pointer that opens it now.

        Raises:
            ForkedManifest: Another one of that version is known.
        """
        known = self._manifests.find(manifest.issuer, manifest.record, manifest.version)
        if known is not None:
            manifest.check_succeeds(known)
        return known or manifest

    @typed_arguments
    def require_not_erased(self, issuer: Address, record: bytes) -> None:
        """Refuse a record that was destroyed here: nothing else says why it has no key.

        Raises:
            RecordErased: It was.
        """
        if self._manifests.store.erasures.find(issuer, record) is not None:
            raise RecordErased(record.hex())


def record_bytes(text: str) -> bytes:
    """Read a record's id, in either case, with or without ``0x``.

    Raises:
        InvalidArgument: The record id is not valid.
    """
    if not isinstance(text, str) or not re.fullmatch(_ID, text):
        raise InvalidArgument("record id", _FORM)
    return octets_of(text)

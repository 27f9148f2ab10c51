"""Which record is meant: as it was listed, received or added, by its manifest, or by its id.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-naming")
    >>> added = clinic.records.add(b"note", patient="0x" + "12" * 20, about="DocumentReference")
    >>> [record] = clinic.records
    >>> id_of(record) == id_of(added) == id_of(record.manifest) == id_of(record.id)
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from salus.errors import InputError
from salus.records.added import AddedRecords
from salus.records.listing import Record
from salus.records.received import Received
from salus.vault.documents.manifest import Manifest
from salus.vault.versions.adding import Added

if TYPE_CHECKING:
    from salus.vault.vault import Vault

AnyRecord: TypeAlias = Manifest | Record | Received | Added | AddedRecords | str
"""A record: as it was listed, received or added, its manifest, or its id."""


def manifest_of(record: AnyRecord) -> Manifest | None:
    """Return the manifest that a record brings; None of an id.

    Raises:
        InputError: It is something else.
    """
    manifest = getattr(record, "manifest", record)
    if isinstance(manifest, Manifest):
        return manifest
    if isinstance(record, str):
        return None
    raise InputError(
        f"record must be a record, its manifest or its id, not {type(record).__name__}: give one"
        " that was added, listed or received"
    )


def id_of(record: AnyRecord) -> str:
    """Return a record's id.

    Raises:
        InputError: It is none of what names a record.
    """
    manifest = manifest_of(record)
    return str(record) if manifest is None else manifest.record_id


def own_manifest(vault: Vault, record: AnyRecord) -> Manifest:
    """Return the version that is meant of a record of one's own; of an id the newest.

    Raises:
        InputError: It is none of what names a record.
        MissingRecord: None of that id is here.
    """
    return manifest_of(record) or vault.manifest(str(record))

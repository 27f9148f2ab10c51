"""Records: encrypted, stored, anchored; shared under a consent; proven to third parties.

Example:
    >>> import salus
    >>> from salus.demo.samples import bundle_bytes
    >>> hospital = salus.connect("tester", storage="memory://example-records")
    >>> added = hospital.records.add_bundle(bundle_bytes(), patient="0x" + "12" * 20)
    >>> added.anchored.checkpoint.size == len(added.records)
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.records.adding import AddedRecords
    from salus.records.client import Records
    from salus.records.collecting import Collected
    from salus.records.describing import describe
    from salus.records.erasing import ErasedRecord
    from salus.records.facts import asks, facts_of
    from salus.records.listing import Record
    from salus.records.received import Received

__all__ = [
    "AddedRecords",
    "Collected",
    "ErasedRecord",
    "Received",
    "Record",
    "Records",
    "asks",
    "describe",
    "facts_of",
]

__getattr__ = door(
    __name__,
    {
        "describing": "describe",
        "facts": "asks facts_of",
        "client": "Records",
        "adding": "AddedRecords",
        "collecting": "Collected",
        "erasing": "ErasedRecord",
        "listing": "Record",
        "received": "Received",
    },
)

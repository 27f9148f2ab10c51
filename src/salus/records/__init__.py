"""Records: encrypted, stored, anchored; shared under a consent; proven to third parties.

Example:
    >>> from salus import Salus
    >>> from salus.samples import bundle_bytes
    >>> hospital = Salus.connect("tester", storage="memory://example-records")
    >>> added = hospital.records.add_bundle(bundle_bytes(), patient="0x" + "12" * 20)
    >>> added.anchored.checkpoint.size == len(added.records)
    True
"""

from __future__ import annotations

from salus.records.access import asks, facts_of
from salus.records.client import Records
from salus.records.directory import Directory
from salus.records.keeping import AddedRecords, ErasedRecord
from salus.records.mail import Collected

__all__ = ["AddedRecords", "Collected", "Directory", "ErasedRecord", "Records", "asks", "facts_of"]

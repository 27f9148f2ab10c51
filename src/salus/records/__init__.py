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
    from salus.records.client import Records

__all__ = [
    "Records",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "client": "Records",
    },
)

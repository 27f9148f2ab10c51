"""The events of a deployment in a file: what is listed is there at once, whatever the node keeps.

Example:
    >>> import salus
    >>> from salus.index import Index
    >>> with salus.connect("tester") as me, Index.open("memory:", me.chain) as index:
    ...     sum(each.events for each in index.read()) > 0
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.index.index import Index

__all__ = ["Index"]

__getattr__, __dir__ = door(__name__, {"index": "Index"})

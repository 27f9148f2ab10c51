"""The demonstration: a patient, two hospitals and a drug lot, from first signature to recall.

Example:
    $ salus demo
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.demo.story import run_story

__all__ = [
    "run_story",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "story": "run_story",
    },
)

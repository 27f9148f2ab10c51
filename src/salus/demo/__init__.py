"""The demonstration: a patient, two hospitals and a drug lot, from first signature to recall.

Example:
    $ salus demo
"""

from __future__ import annotations

from salus.demo.story import run_story

__all__ = [
    "run_story",
]

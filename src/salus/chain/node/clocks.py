"""The time that deadlines count from: this machine's, not the word of a node.

A node that says it is the year 9999 would else get acts that never lapse: it keeps them, and hands
them in when it likes.

Example:
    >>> agreed(1_800_000_000, here=1_800_000_600.5, url="http://node")
    1800000600
"""

from __future__ import annotations

from salus.chain.errors import ClocksDiffer

AHEAD = 15 * 60
"""Seconds that the latest block may be ahead of this machine: clocks drift, sequencers too."""
BEHIND = 24 * 3600
"""Seconds that it may be behind: a chain where nothing happens makes few blocks, or none."""


def agreed(block: int, *, here: float, url: str) -> int:
    """This machine's time in Unix seconds, where the latest block's does not differ too much."""
    if not here - BEHIND <= block <= here + AHEAD:
        raise ClocksDiffer(block=block, here=int(here), url=url)
    return int(here)

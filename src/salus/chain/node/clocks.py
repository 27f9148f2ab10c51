"""The time that deadlines count from: this machine's, not the word of a node.

A node that says it is the year 9999 would else get acts that never lapse: it keeps them, and hands
them in when it likes.

Example:
    >>> agreed(1_800_000_000, here=1_800_000_600.5, url="http://node")
    1800000600
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from salus.chain.errors import ClocksDiffer
from salus.primitives.times import Deadline, Duration, moment_of, seconds_of

AHEAD = 15 * 60
"""Seconds that the latest block may be ahead of this machine: clocks drift, sequencers too."""
BEHIND = 24 * 3600
"""Seconds that it may be behind: a chain where nothing happens makes few blocks, or none."""


def agreed(block: int, *, here: float, url: str) -> int:
    """This machine's time in Unix seconds, where the latest block's does not differ too much."""
    if not here - BEHIND <= block <= here + AHEAD:
        raise ClocksDiffer(block=block, here=int(here), url=url)
    return int(here)


class Clock:
    """The time of a chain whose ``head`` gives its latest block's, in Unix seconds."""

    def __init__(self, head: Callable[[], int], *, is_local: bool, url: str) -> None:
        self._head, self._is_local, self._url = head, is_local, url

    def now(self) -> int:
        """Return the chain's time.

        Returns:
            Unix seconds: the latest block's.
        """
        return self._head()

    def deadline(self, lifetime: Duration, *, told: Deadline | None = None) -> int:
        """Return the end of what is signed now, counted from this machine's time.

        On a local chain, whose time tests move, the chain's own counts.

        Args:
            lifetime: Seconds, or a timedelta; counts where no deadline was chosen.
            told: The deadline that was chosen; it counts where the two times agree.

        Returns:
            Unix seconds.

        Raises:
            ClocksDiffer: The chain's time is too far from this machine's: nothing can be signed.
            InputError: The deadline is not a moment.
        """
        now = self._agreed()
        if told is None or isinstance(told, timedelta):
            return now + seconds_of(lifetime if told is None else told, name="deadline")
        return moment_of(told, name="deadline")

    def require_recent(self) -> None:
        """Go on only with a node whose latest block is of about now; a local chain's always is.

        Raises:
            ClocksDiffer: It is older, or this machine's clock is wrong.
        """
        self._agreed()

    def _agreed(self) -> int:
        now = self.now()
        return now if self._is_local else agreed(now, here=time.time(), url=self._url)

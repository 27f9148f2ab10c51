"""What a command is told on the way, and says on stderr.

Example:
    >>> with settings_said():
    ...     logging.getLogger("salus.config").info("settings from %s: %s", ".env", "SALUS_STATE")
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from salus.cli.session import printable


class _NoticeLines(logging.Handler):
    """Prints a notice on stderr, once however often it is given."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text not in self._said:
            self._said.add(text)
            print(printable(text), file=sys.stderr)


@contextmanager
def settings_said() -> Iterator[None]:
    """Report which file settings were read from: whoever writes it chooses node and account."""
    log, words = logging.getLogger("salus.config"), _NoticeLines()
    before = log.level
    log.addHandler(words)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(words)
        log.setLevel(before)

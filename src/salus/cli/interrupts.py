"""Ctrl-C ends a command with a line like any other failure.

Example:
    >>> line(KeyboardInterrupt())
    'interrupted; what was already sent stays'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit code."""


class Interrupted(BaseException):
    """Ctrl-C under a name that the framework lets through: its own it swallows."""


@contextmanager
def named() -> Iterator[None]:
    """Let an interrupt through, with all that was noted on it."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Interrupted from stop


def line(stop: BaseException) -> str:
    """What is said of an interrupt."""
    notes = getattr(stop.__cause__ or stop, "__notes__", ())
    return ". ".join(["interrupted; what was already sent stays", *notes])

"""Who asks a command to stop is heard: it ends with a line like any other failure.

Ctrl-C, a service manager's or container's SIGTERM, and the SIGHUP of a terminal that is closed are
one: as the first process of a container a program hears only what it has a handler for.

Example:
    >>> line(KeyboardInterrupt())
    'interrupted; what was already sent stays'
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit code of Ctrl-C, and what the framework answers for any of them."""
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_ASKED = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


class _Came:
    first: int = signal.SIGINT


class Interrupted(BaseException):
    """Ctrl-C under a name that the framework lets through: its own it swallows."""


def hear() -> None:
    """Take each of the signals as Ctrl-C is taken, but for what whoever began this passes over."""
    for each in _ASKED:
        if signal.getsignal(each) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(each, _stop)


def code() -> int:
    """The exit code that shells give whoever ends by a signal."""
    return 128 + _Came.first


@contextmanager
def ending() -> Iterator[None]:
    """Say what is to be said undisturbed; whoever asks once more then ends the process at once."""
    ours = [each for each in _ASKED if signal.getsignal(each) in (_stop, _leave)]
    for each in ours:
        signal.signal(each, signal.SIG_IGN)
    yield
    for each in ours:
        signal.signal(each, _leave)


def _stop(number: int, _: object) -> None:
    _Came.first = number
    raise KeyboardInterrupt


def _leave(*_: object) -> None:
    os._exit(code())


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

"""Much that is made at once is not looked at by the garbage collector meanwhile.

Each thousand lists or dictionaries make it look at the newest, and more of them at all: a third of
what a large JSON document costs to parse.

Example:
    >>> import gc
    >>> with uncollected():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pause:
    lock, users, was_on = Lock(), 0, False


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage in this process until the last thread leaves such a block."""
    with _Pause.lock:
        if not _Pause.users:
            _Pause.was_on = gc.isenabled()
            gc.disable()
        _Pause.users += 1
    try:
        yield
    finally:
        with _Pause.lock:
            _Pause.users -= 1
            if not _Pause.users and _Pause.was_on:
                gc.enable()


def _forked() -> None:
    """The threads that were in such a block are not in a child."""
    if _Pause.users and _Pause.was_on:
        gc.enable()
    _Pause.lock, _Pause.users = Lock(), 0


os.register_at_fork(after_in_child=_forked)

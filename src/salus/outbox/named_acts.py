"""Acts that an application names, to have them once across its own restarts.

Example:
    >>> with once("day 1"):
    ...     next_name(), next_name()
    ('day 1/0', 'day 1/1')
    >>> next_name()
    ''
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

_names: ContextVar[Iterator[str] | None] = ContextVar("salus_outbox_names", default=None)


@contextmanager
def once(name: str) -> Iterator[None]:
    """Number what this thread writes in the block, under a name."""
    before = _names.set(f"{name}/{place}" for place in count())
    try:
        yield
    finally:
        _names.reset(before)


def next_name() -> str:
    """Take the next name; empty where the application gives none."""
    names = _names.get()
    return "" if names is None else next(names)

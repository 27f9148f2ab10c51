"""What a test opens is closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol, TypeVar


class Closable(Protocol):
    """A client, a vault, a file of logs."""

    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=Closable)


class ClosedLater(Protocol):
    """Notes what is to be closed, and gives it back."""

    def __call__(self, opened: Opened) -> Opened: ...


@contextmanager
def closing_all() -> Iterator[ClosedLater]:
    """Close all that was noted, the last one first."""
    with ExitStack() as stack:

        def later(opened: Opened) -> Opened:
            stack.callback(opened.close)
            return opened

        yield later

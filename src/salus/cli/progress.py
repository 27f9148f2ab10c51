"""A bar on stderr while bytes or blocks go by: for people at a terminal, and for nobody else.

Example:
    >>> from salus.cli.session import Session
    >>> with byte_bar(Session(as_json=True), "reading", total=3) as told:
    ...     told(3)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salus.cli.session import Session


@contextmanager
def byte_bar(session: Session, what: str, *, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress of a total, None where it is not known; yields what takes the bytes done."""
    if session.as_json or not session.words.is_terminal:
        yield lambda done: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn(f"  {what}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=session.words, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def block_bar(session: Session, what: str) -> Iterator[Callable[[int, int, int], None]]:
    """Show progress along the chain; yields what takes the last block, the latest, and events."""
    if session.as_json or not session.words.is_terminal:
        yield lambda done, head, events: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Rest

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn(f"  {what}"), BarColumn(), MofNCompleteColumn(), rate, Rest())
    began = time.monotonic()
    with Progress(*columns, console=session.words, transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def show(done: int, head: int, events: int) -> None:
            each_second = events / max(0.001, time.monotonic() - began)
            bar.update(task, completed=done, total=head, rate=f"{each_second:,.0f} events/s")

        yield show

"""``salus index``: the events of this deployment in a file, which lists are read from.

Example:
    $ salus index run --index events.sqlite --network anvil
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.chain.errors import ChainUnreachable
from salus.cli.progress import block_bar
from salus.cli.session import Session, command
from salus.errors import ChainError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from salus.index import Index
    from salus.index.index import IndexStatus
    from salus.index.notices import Notice
    from salus.index.webhook_deliveries import Deliveries

group = typer.Typer(help="The chain's events in a file, for lists at once.", no_args_is_help=True)
File = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="FILE",
        help="The index, a file or postgresql://…; made where it is missing.",
        envvar="SALUS_INDEX",
    ),
]


@command(group, "run")
def run(
    session: Session,
    index: File = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what the chain adds, until Ctrl-C.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.05, help="Seconds between looks at the chain, with --follow.")
    ] = 2.0,
    webhook: Annotated[
        str | None,
        typer.Option(
            "--webhook", metavar="URL", help="Where notices are sent to.", envvar="SALUS_WEBHOOK"
        ),
    ] = None,
) -> None:
    """Read the events up to the latest block; stopped anywhere, the next run goes on there."""
    with _opened(session, index, make=True) as opened, ExitStack() as held:
        done = _Done()
        try:
            held.enter_context(opened.lease(wait=math.inf if follow else 0))
            sent = _deliveries(session, opened, webhook)
            if sent is not None:
                held.callback(sent.close)
            _read(session, opened, done)
            while follow:
                if sent is not None:
                    sent.send()
                sleep(every)
                _follow(session, opened, done)
            if sent is not None:
                sent.finish()
        except KeyboardInterrupt:
            if not follow:
                raise
        session.emit({**_shown(opened.status()), "added": done.added, "undone": done.undone})


@command(group, "status")
def status(session: Session, index: File = None) -> None:
    """Show how far it was read; 5 where the node shows other blocks than were read."""
    with _opened(session, index, make=False) as opened:
        found = opened.status()
    session.emit(_shown(found))
    if not found.agrees:
        raise typer.Exit(ChainError.exit_code)


@command(group, "forget-webhook")
def forget_webhook(session: Session, index: File = None) -> None:
    """Tell nobody from now on; what is not told yet is never told."""
    with _opened(session, index, make=False) as opened:
        session.emit({"forgotten": opened.forget_webhook()})


def _shown(status: IndexStatus) -> dict[str, Any]:
    return {
        "index": status.url,
        "first": status.first,
        "block": status.block,
        "final": status.final,
        "events": status.events,
        "latest": status.head,
        "latestAge": max(0, int(time.time()) - status.head_time),
        "behind": max(0, status.head - status.block),
        "agrees": status.agrees,
    }


@dataclass
class _Done:
    added: int = 0
    undone: int = 0

    def take(self, notice: Notice) -> None:
        """Count its events."""
        self.added += max(0, notice.events)
        self.undone += max(0, -notice.events)


@contextmanager
def _opened(session: Session, index: str | None, *, make: bool) -> Iterator[Index]:
    from salus.index import Index

    where = index or session.settings.index
    if not where:
        raise InputError("an index needs a file: name it with --index or SALUS_INDEX")
    with session.settings.connect() as chain, Index.open(where, chain, make=make) as opened:
        yield opened


def _deliveries(session: Session, opened: Index, webhook: str | None) -> Deliveries | None:
    url = webhook or session.settings.webhook
    if not url:
        return None
    from salus.index.webhooks import Webhook

    return opened.deliveries(Webhook(url, session.settings.webhook_secret or ""))


def _read(session: Session, opened: Index, done: _Done) -> None:
    with block_bar(session, "reading blocks") as shown:
        _take(opened, done, shown, session)


def _follow(session: Session, opened: Index, done: _Done) -> None:
    """What was added meanwhile; a node that does not answer is asked again later."""
    try:
        _take(opened, done, lambda *_: None, session)
    except ChainUnreachable as problem:
        session.say(f"{problem}")


def _take(
    opened: Index, done: _Done, shown: Callable[[int, int, int], None], session: Session
) -> None:
    from salus.index.notices import BlocksUndone

    for notice in opened.read():
        done.take(notice)
        if isinstance(notice, BlocksUndone):
            session.say(f"the chain took back blocks {notice.first} to {notice.last}")
        shown(notice.last, notice.head, done.added)

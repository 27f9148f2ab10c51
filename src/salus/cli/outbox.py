"""``salus outbox``: acts under way, and those that an ended process left open.

Example:
    $ salus outbox check --older 10m --network https://node.example
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.chain.sending.errors import TransactionError
from salus.cli import arguments
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.outbox.entries import OutboxEntry

group = typer.Typer(
    help="Acts under way, and those that an ended process left open.", no_args_is_help=True
)
Number = Annotated[int, typer.Argument(help="The entry's number.")]


@command(group, "list")
def list_(session: Session) -> None:
    """List all entries: state, age in seconds, what the last call ended with."""
    session.emit([_shown(each) for each in session.salus.outbox])


@command(group, "resume")
def resume(session: Session) -> None:
    """Go on with what ended calls left open; 1 if something is still open, or did not happen."""
    left = session.salus.outbox.resume()
    session.emit([_shown(each) for each in left])
    if left:
        raise typer.Exit(TransactionError.exit_code)


@command(group, "hasten")
def hasten(session: Session, entry: Number) -> None:
    """Offer a higher price for an act that is not mined: same content, same nonce."""
    session.emit({"entry": entry, "transaction": session.salus.outbox.hasten(entry)})


@command(group, "withdraw")
def withdraw(
    session: Session,
    entry: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Go on without asking.")] = False,
) -> None:
    """Take an act back that is not mined, by using its nonce for nothing."""
    if not yes:
        session.confirm(f"Entry {entry} then never happens, unless it is faster. Continue?")
    session.emit({"entry": entry, "transaction": session.salus.outbox.withdraw(entry)})


@command(group, "forget")
def forget(session: Session, entry: Number) -> None:
    """Forget a closed entry; what has a name may then happen again."""
    session.salus.outbox.forget(entry)
    session.emit({"forgotten": entry})


@command(group, "check")
def check(
    session: Session,
    older: Annotated[
        str, typer.Option("--older", help="How long an entry may be open: 10m, 1h.")
    ] = "10m",
    still: Annotated[
        str, typer.Option("--still", help="How old the latest block may be: 10m, 1h.")
    ] = "10m",
) -> None:
    """Raise an alarm (1) for entries open too long or not done, and a chain that stands still."""
    late = session.salus.outbox.alarms(older=arguments.duration(older))
    block = session.salus.chain.block()
    age = max(0, int(time.time()) - block.timestamp)
    stands = age > arguments.duration(still)
    session.emit(
        {
            "late": [_shown(each) for each in late],
            "block": block.number,
            "blockAge": age,
            "chainStandsStill": stands,
        }
    )
    if late or stands:
        raise typer.Exit(TransactionError.exit_code)


def _shown(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "name": entry.name or None,
        "state": str(entry.state),
        "live": entry.live,
        "age": max(0, int(time.time() - entry.begun)),
        "account": entry.account,
        "nonce": entry.nonce,
        "to": entry.to,
        "transactions": list(entry.transactions),
        "block": entry.block_number,
        "error": entry.error,
    }

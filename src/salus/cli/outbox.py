"""``salus outbox``: acts under way, and those that an ended process left open.

Example:
    $ salus outbox check --older 10m --network https://node.example
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import TransactionError
from salus.cli import arguments
from salus.cli.session import Session, command
from salus.errors import InputError
from salus.outbox.entries import State

if TYPE_CHECKING:
    from salus.outbox.entries import OutboxCheck, OutboxEntry

group = typer.Typer(
    help="Acts under way, and those that an ended process left open.", no_args_is_help=True
)
Number = Annotated[int, typer.Argument(help="The entry's number.")]


@command(group, "list")
def list_(session: Session) -> None:
    """List all entries: state, age in seconds, what the last call ended with."""
    _require_there(session)
    try:
        entries = list(session.salus.outbox)
    except ChainUnreachable as problem:
        session.say(f"These are the entries of all chains, as they were noted: {problem}")
        entries = list(_check_alone(session).entries)
    session.emit([_shown(each) for each in entries])


@command(group, "resume")
def resume(session: Session) -> None:
    """Go on with what ended calls left open; 1 if something is still open, or did not happen.

    What was open and is done now is named too.
    """
    outbox = session.salus.outbox
    waiting = [each for each in outbox if each.state.is_open]
    left = outbox.resume()
    still = {each.id for each in left}
    done = [replace(each, state=State.DONE) for each in waiting if each.id not in still]
    for each in done:
        session.say(f"done meanwhile: entry {each.id}{each.name and f', {each.name}'}")
    session.emit({"left": [_shown(each) for each in left], "done": [_shown(each) for each in done]})
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
    session.salus.outbox.require_waiting(entry)
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
    put_aside: Annotated[
        bool, typer.Option("--put-aside", help="Rename a file that is damaged or forged.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go on without asking.")] = False,
) -> None:
    """Raise an alarm (1): a damaged file, entries open too long or not done, a chain at rest."""
    from salus.outbox.reading import late

    limit, silence = arguments.duration(older), None
    _require_there(session)
    try:
        block, found = session.salus.chain.block(), session.salus.outbox.check()
        needing = session.salus.outbox.alarms(older=limit) if found.is_sound else []
    except ChainUnreachable as problem:
        silence, block, found = problem, None, _check_alone(session)
        needing = late(found.entries, older=limit)
    age = None if block is None else max(0, int(time.time()) - block.timestamp)
    stands = None if age is None else age > arguments.duration(still)
    aside = _put_aside(session, found, yes=yes) if put_aside else None
    session.emit(
        {
            "damage": found.damage,
            "forged": [{"entry": each, "reason": why} for each, why in found.forged.items()],
            "lost": [_shown(each) for each in found.entries] if aside else [],
            "putAside": None if aside is None else str(aside),
            "late": [_shown(each) for each in needing],
            "block": None if block is None else block.number,
            "blockAge": age,
            "chainStandsStill": stands,
        }
    )
    if not (found.is_sound or aside):
        session.say(
            "The outbox is damaged: compare it with a backup, or run `salus outbox check"
            " --put-aside`, which renames the file and says what is lost"
        )
    if silence is not None:
        session.fail(silence)
    if needing or stands or not (found.is_sound or aside):
        raise typer.Exit(TransactionError.exit_code)


def _require_there(session: Session) -> None:
    """Who looks makes neither a folder nor a file, and is not told that all is well there."""
    from salus.connecting.connect import outbox_of

    where = outbox_of(session.settings)
    if where is not None:
        from salus.outbox.reading import require_there

        require_there(where)


def _check_alone(session: Session) -> OutboxCheck:
    """What is written down, while no node answers."""
    from salus.connecting.connect import outbox_of
    from salus.outbox.reading import check_alone

    where = outbox_of(session.settings)
    if where is None:
        raise InputError("name a state folder, or an outbox: --state, SALUS_STATE or SALUS_OUTBOX")
    return check_alone(where)


def _put_aside(session: Session, found: OutboxCheck, *, yes: bool) -> Path:
    """Show what is lost, ask, and rename the file."""
    if found.is_sound:
        raise InputError("the outbox is sound: there is nothing to put aside")
    if not yes:
        lost = "".join(f"\n  entry {each.id}, {each.state} {each.name}" for each in found.entries)
        session.confirm(
            f"The outbox is damaged. Of its entries these can be read, and are lost here:"
            f"{lost or ' none'}\nWhat is mined stays so; an act under way may be sent twice by who"
            " repeats its call. Put the file aside?"
        )
    return session.salus.outbox.put_aside()


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

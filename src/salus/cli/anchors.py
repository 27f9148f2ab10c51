"""``salus anchors``: append-only logs.

Example:
    $ salus anchors history 0x… audit --network anvil
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.session import Session, command
from salus.errors import VerificationError
from salus_verify.encoding import hex0x

group = typer.Typer(
    help="Append-only logs: what existed when, in what order.", no_args_is_help=True
)
Stream = Annotated[str, typer.Argument(help="The stream's label, such as records or audit.")]


@command(group, "append")
def append(
    session: Session,
    stream: Stream,
    leaves: Annotated[list[str], typer.Argument(help="Salted commitments, 32 bytes of hex each.")],
) -> None:
    """Add leaves to a stream of the account's identity and anchor its new checkpoint."""
    anchored = session.salus.anchors.append(stream, [arguments.digest(leaf) for leaf in leaves])
    transaction = anchored.transaction
    session.emit(
        {
            "issuer": anchored.issuer,
            "stream": stream,
            "number": anchored.number,
            "checkpoint": anchored.checkpoint.id,
            "root": anchored.checkpoint.root,
            "size": anchored.checkpoint.size,
            "block": anchored.block_number,
            "transaction": transaction.hash if transaction else None,
        }
    )


@command(group, "history")
def history(
    session: Session,
    issuer: Annotated[str, typer.Argument(help="Whose stream.")],
    stream: Stream,
) -> None:
    """List a stream's checkpoints, oldest first; those that its issuer disowned are marked."""
    line = session.salus.anchors.history.line(arguments.address(issuer), stream)
    disowned = {id(each) for each in line.disowned}
    session.emit(
        [
            {
                "number": each.number,
                "checkpoint": each.checkpoint.id,
                "root": each.checkpoint.root,
                "size": each.checkpoint.size,
                "block": each.block_number,
                "disowned": id(each) in disowned,
            }
            for each in line.everything
        ]
    )


@command(group, "check")
def check(
    session: Session,
    issuer: Annotated[str, typer.Argument(help="Whose stream.")],
    stream: Stream,
    known: Annotated[
        int, typer.Option("--known", help="How many disowned leaves are known already.")
    ] = 0,
) -> None:
    """Show what stands of a stream, and how many leaves its issuer disowned."""
    line = session.salus.anchors.history.line(arguments.address(issuer), stream)
    head = line.head
    session.emit(
        {
            "issuer": line.issuer,
            "stream": stream,
            "number": head.number if head else None,
            "checkpoint": head.checkpoint.id if head else None,
            "size": head.checkpoint.size if head else 0,
            "disownedLeaves": line.disowned_leaves,
            "disownedCheckpoints": [each.checkpoint.id for each in line.disowned],
        }
    )
    if line.disowned_leaves > known:
        raise typer.Exit(VerificationError.exit_code)


_MISSING = (
    "What is missing is in no key database here: put the newest backup of keys.sqlite back and"
    " rebuild again. Key shares alone bring no record back; what no backup has stays closed."
)


@command(group, "rebuild")
def rebuild(
    session: Session,
    disown: Annotated[
        bool,
        typer.Option(
            "--disown",
            help="What is missing even then is a thief's: its streams go on without it, for good.",
        ),
    ] = False,
    undone: Annotated[
        bool,
        typer.Option(
            "--undone",
            help="The chain itself took blocks back, or began anew: forget what was seen there.",
        ),
    ] = False,
) -> None:
    """Make the logs anew from the key database and the chain; 6 if leaves are missing."""
    done = session.salus.anchors.rebuild(disown=disown, undone=undone)
    session.emit([asdict(each) for each in done])
    if not all(each.whole for each in done):
        typer.echo(_MISSING, err=True)
        raise typer.Exit(VerificationError.exit_code)


@command(group, "prove")
def prove(session: Session, stream: Stream, leaf: Annotated[str, typer.Argument()]) -> None:
    """Prove that a leaf stands in a stream of the account's identity."""
    proof = session.salus.anchors.proofs.prove(stream, arguments.digest(leaf))
    session.emit(
        {
            "leaf": proof.leaf,
            "number": proof.anchored.number,
            "index": proof.index,
            "size": proof.anchored.checkpoint.size,
            "root": proof.anchored.checkpoint.root,
            "path": [hex0x(each) for each in proof.path],
        }
    )

"""``salus records receipt`` and ``erase``: what proves a record of one's own, and ends it.

Example:
    $ salus records erase 0123… --out erased.json --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.files import Force, require_new, write_new
from salus.cli.session import Session, command, in_words

RecordId = Annotated[
    str,
    typer.Argument(help="The record's id, 32 hexadecimal digits.", callback=arguments.record_id),
]
Out = Annotated[Path, typer.Option(help="Where it goes; readable by you only.")]


def register(group: typer.Typer) -> None:
    """Add these verbs to the group of records."""
    command(group, "receipt")(receipt)
    command(group, "erase")(erase)


def receipt(session: Session, record: RecordId, out: Out, force: Force = False) -> None:
    """Write a receipt that proves a record of one's own offline."""
    require_new(out, force=force)
    salus = session.reader
    made = salus.records.receipt(salus.vault.manifest(record))
    write_new(out, made.to_json(), force=force)
    session.emit(
        {
            "record": record,
            "receipt": str(out),
            "block": made.block_number,
            "storageProof": made.proof is not None,
        }
    )


def erase(
    session: Session,
    record: RecordId,
    yes: Annotated[bool, typer.Option("--yes", help="I know that this is permanent.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="A new file for the receipt, which anybody may check.")
    ] = None,
) -> None:
    """Destroy every key, salt and blob of a record that is in reach, and tell its readers.

    May be repeated: for what was out of reach, and for another receipt.
    """
    if out is not None:
        require_new(out)
    if not yes:
        session.confirm("This permanently destroys the record's keys. Continue?")
    erased = session.keeper.records.erase(record)
    if out is not None:
        write_new(out, erased.receipt.to_json())
    report, checkpoint = erased.report, erased.inclusion.anchored.checkpoint
    told = {
        "told": list(erased.told),
        "untold": [{"reader": reader, "reason": str(problem)} for reader, problem in erased.untold],
    }
    head = {
        "record": record,
        "complete": report.complete,
        "receipt": None if out is None else str(out),
    }
    proof = {
        "report": report.to_bytes().decode(),
        "signer": erased.signed.signer,
        "signature": erased.signed.signature,
        "checkpoint": checkpoint.id,
        "index": erased.inclusion.index,
        "size": checkpoint.size,
    }
    # What proves it stands in the receipt: people are told what happened.
    blobs = {
        "destroyed": f"{len(report.destroyed)} blobs",
        "unreached": [{"storage": each.storage, "reason": each.words} for each in report.unreached],
    }
    session.emit({**head, **proof, **told}, in_words({**head, **blobs, **told}))

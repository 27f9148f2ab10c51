"""``salus records unproven`` and ``drop``: what a thief may have sent in an issuer's name.

Example:
    $ salus records unproven --issuer 0x… --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.erasing import RecordId
from salus.cli.session import Session, command
from salus_verify.encoding import hex0x

Issuer = Annotated[str, typer.Option(help="Only of this issuer.")]


def register(group: typer.Typer) -> None:
    """Add the verbs to the group of records."""
    command(group, "unproven")(unproven)
    command(group, "drop")(drop)


def unproven(session: Session, issuer: Issuer = "") -> None:
    """List received records that no receipt shows in their issuer's log now.

    After a theft at an issuer, and once what it sent again was collected, a thief may have written
    what is left here: compare it with the issuer, and drop what is not its own.
    """
    whose = arguments.address(issuer) if issuer else None
    session.emit(
        [
            {
                "record": each.manifest.record_id,
                "version": each.manifest.version,
                "issuer": each.manifest.issuer,
                "broughtBy": hex0x(each.brought_by) if each.brought_by else None,
                "reason": each.reason,
            }
            for each in session.keeper.records.received.unproven(issuer=whose)
        ]
    )


def drop(
    session: Session,
    record: RecordId,
    issuer: Annotated[
        str, typer.Option(help="Whose, where several are said to have issued that id.")
    ] = "",
) -> None:
    """Forget a record that was received, as if it had never come; it may come again."""
    whose = arguments.address(issuer) if issuer else None
    session.keeper.records.received.drop(record, issuer=whose)
    session.emit({"record": record, "dropped": True})

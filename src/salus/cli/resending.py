"""``salus records resend``: after a rotation, what the old key signed is sent again.

Example:
    $ salus records resend --identity 0x… --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

import typer

from salus.cli.session import Session, command
from salus.errors import ChainError, SalusError, StorageError

_PASSING = (ChainError, StorageError)
"""What running it again may help against; what has ended stays unshared."""


def register(group: typer.Typer) -> None:
    """Add the verb to the group of records."""
    command(group, "resend")(resend)


def resend(session: Session) -> None:
    """Share again under every consent that stands, and tell again of what was erased or denied.

    After this identity's key was rotated or recovered: readers refuse letters of the old one.
    """
    done = session.keeper.records.resend()
    session.emit(
        {
            "shared": list(done.shared),
            "notShared": [{"consent": each, "reason": str(why)} for each, why in done.unshared],
            "notProven": [{"consent": each, "reason": str(why)} for each, why in done.unproven],
            "told": list(done.told),
            "untold": [{"reader": each, "reason": str(why)} for each, why in done.untold],
        }
    )
    failed: list[SalusError] = [
        why for _, why in (*done.unshared, *done.untold) if isinstance(why, _PASSING)
    ]
    failed += [why.why or why for _, why in done.unproven]
    if failed:
        session.fail(failed[0])

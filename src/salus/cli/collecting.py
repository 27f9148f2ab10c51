"""``salus records collect``: what others left in this participant's inbox comes in.

Example:
    $ salus records collect --consents consents --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli.session import Session, command
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.consents.folder import ConsentFolder
    from salus.errors import SalusError
    from salus.records.collecting import Collected

FATES = ("taken", "already", "refused", "unasked", "unjudged", "waiting", "unknown")
"""What becomes of letters, as `Collected` calls it."""
MOST_NAMED = 20
"""As many ids as people read; ``--json`` has all."""


def register(group: typer.Typer) -> None:
    """Add the verb to the group of records."""
    command(group, "collect")(collect)


def collect(
    session: Session,
    consents: Annotated[Path, typer.Option(help="Folder for the consents that came along.")],
    discard: Annotated[
        bool, typer.Option("--discard", help="Then delete the messages that were taken in.")
    ] = False,
    drop: Annotated[
        bool,
        typer.Option(
            "--drop",
            help="Also delete what was refused or not asked for, and letters for applications.",
        ),
    ] = False,
    drop_unjudged: Annotated[
        bool,
        typer.Option(
            "--drop-unjudged",
            help="Also delete what nothing could judge, or what waits, for a week.",
        ),
    ] = False,
) -> None:
    """Take in what others left in this participant's inbox."""
    from salus.consents.folder import ConsentFolder
    from salus.errors import VerificationError

    records = session.keeper.records
    consents.mkdir(parents=True, exist_ok=True)
    folder = ConsentFolder(consents, session.salus.consents.checks)
    told = _Progress()
    came = None
    while came is None or came.left:
        came = records.collect(after=came)
        for each in came.consents:
            folder.keep(each)
        told.add(came)
        if discard or drop or drop_unjudged:
            told.discarded += records.discard(
                came, refused=drop, unknown=drop, unjudged=drop_unjudged
            )
    session.say(
        f"{len(told.records)} records came in, of {told.letters['taken']} letters that were taken"
        f" in; {told.letters['already']} letters were taken in before"
    )
    unasked = told.ask(folder)
    for line in told.news():
        session.say(line)
    session.emit(told.summary())
    if told.unproven:
        session.say(
            f"{len(told.unproven)} records are not shown to be of an issuer that disowned what"
            " somebody else anchored with its account: ask it about them, see `salus records"
            " unproven`, then `salus records drop`"
        )
    if told.problems:
        session.fail(
            VerificationError(
                f"{len(told.problems)} messages could not be taken in: `problems` says why and what"
                " helps; --drop deletes what never will be"
            )
        )
    if unasked is not None:  # what came is in and told all the same
        session.fail(unasked)


@dataclass(slots=True)
class _Progress:
    """What all runs of a collection brought; one letter brings many records, or none."""

    records: dict[str, None] = field(default_factory=dict)
    erased: dict[str, None] = field(default_factory=dict)
    consents: dict[str, None] = field(default_factory=dict)
    unproven: dict[str, None] = field(default_factory=dict)
    new_records: dict[str, None] = field(default_factory=dict)
    new_consents: dict[str, None] = field(default_factory=dict)
    ended: dict[str, str] | None = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    letters: dict[str, int] = field(default_factory=dict)
    discarded: int = 0

    def add(self, came: Collected) -> None:
        self.records |= dict.fromkeys(each.record_id for each in came.manifests)
        self.erased |= dict.fromkeys(each.record.hex() for each in came.erased)
        self.consents |= dict.fromkeys(hex0x(each.consent.id) for each in came.consents)
        self.new_records |= dict.fromkeys(each.record_id for each in came.new_records)
        self.new_consents |= dict.fromkeys(hex0x(each.consent.id) for each in came.new_consents)
        self.unproven = {each.manifest.record_id: None for each in came.unproven} or self.unproven
        self.problems += [str(each) for each in came.problems]
        for what in FATES:
            self.letters[what] = self.letters.get(what, 0) + len(getattr(came, what))

    def ask(self, folder: ConsentFolder) -> SalusError | None:
        """Ask which consents ended; nobody knows where a file or the chain cannot be read."""
        from salus.errors import SalusError

        self.ended = None
        try:
            self.ended = {each.consent_id: each.reason for each in folder.ended()}
        except SalusError as problem:
            return problem
        return None

    def news(self) -> Iterator[str]:
        """What was not here before, and what is no more."""
        for what, named in (
            ("records that are new", self.new_records),
            ("consents that are new", self.new_consents),
            ("records that their issuers erased", self.erased),
        ):
            if named:
                yield f"{what}: {_named(named)}"
        for consent, reason in (self.ended or {}).items():
            yield f"no longer in force: consent {consent}, {reason}"

    def summary(self) -> dict[str, Any]:
        """What is emitted: of records, each once; of letters, how many of which fate."""
        return {
            "records": list(self.records),
            "erased": list(self.erased),
            "consents": list(self.consents),
            "new": {"records": list(self.new_records), "consents": list(self.new_consents)},
            "ended": None
            if self.ended is None
            else [{"consent": each, "reason": why} for each, why in self.ended.items()],
            "unproven": list(self.unproven),
            "problems": self.problems,
            "letters": {**self.letters, "discarded": self.discarded},
        }


def _named(ids: Collection[str]) -> str:
    shown = ", ".join(list(ids)[:MOST_NAMED])
    return shown if len(ids) <= MOST_NAMED else f"{shown} and {len(ids) - MOST_NAMED} more"

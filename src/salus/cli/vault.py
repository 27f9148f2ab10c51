"""``salus vault``: look after encrypted records; the keys to them are in ``vault_keys``.

Example:
    $ salus vault check --deep --repair --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from typing import Annotated

import typer

from salus.cli import arguments, emergency_keys, vault_keys
from salus.cli.session import Session, command
from salus.errors import StorageError, VerificationError

group = typer.Typer(help="The vault itself: records and keys looked after.", no_args_is_help=True)


@command(group, "check")
def check(
    session: Session,
    deep: Annotated[bool, typer.Option("--deep", help="Read and hash every blob.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    accept_rows: Annotated[
        bool, typer.Option("--accept-rows", help="Drop altered rows; go on without lost ones.")
    ] = False,
) -> None:
    """Check that every record has its key and its blob, and that emergency keys open something."""
    report = session.keeper.records.check(deep=deep, repair=repair, accept_rows=accept_rows)
    findings = [
        {
            "kind": each.kind,
            "subject": each.subject,
            "detail": each.detail,
            "repaired": each.repaired,
        }
        for each in report.findings
    ]
    session.say(f"{report.versions} record versions checked")
    session.emit({"versions": report.versions, "sound": report.sound, "findings": findings})
    if not report.sound:
        left = sum(not each.repaired for each in report.findings)
        session.fail(VerificationError(f"{left} findings are left to mend: each says what helps"))


@command(group, "compare")
def compare(session: Session) -> None:
    """Compare the key database with the chain: what was erased before it was put back is again."""
    done = session.keeper.compare()
    session.emit({"erased": list(done.erased), "erasures": done.erasures, "ask": list(done.ask)})


@command(group, "gc")
def gc(
    session: Session,
    older_than: Annotated[
        str, typer.Option(help="Leave what is younger alone: a number and s, m, h, d or y.")
    ] = "1d",
) -> None:
    """Remove blobs of this vault that nothing points to."""
    age = arguments.duration(older_than)
    done = session.keeper.records.collect_unused(older_than=float(age))
    session.emit({"blobs": list(done.blobs), "unfinished": done.parts})


@command(group, "rekey")
def rekey(
    session: Session,
    patient: Annotated[
        str | None, typer.Option(help="Only the records of this identity; defaults to all.")
    ] = None,
) -> None:
    """Encrypt records again under new keys, and delete the old blobs.

    Interrupted, the same command goes on where it stopped.
    """
    from rich.progress import Progress

    from salus.chain.control_check import require_control

    who = None if patient is None else arguments.address(patient)
    salus = session.keeper
    require_control(salus.chain, salus.account)
    with Progress(console=session.words, transient=True) as bar:
        task = bar.add_task("re-encrypting", total=None)
        done = salus.vault.upkeep.rekey(
            patient=who,
            progress=lambda ready, total: bar.update(task, completed=ready, total=total),
        )
    session.emit(
        {
            "versions": len(done.versions),
            "shareAgain": list(done.consents),
            "unreached": [
                f"{each.blob} in {each.storage}: {each.words}" for each in done.unreached
            ],
            "failed": [f"{record}: {why}" for record, why in done.failed],
        }
    )
    if not done.complete:
        session.fail(
            StorageError("not everything was re-encrypted: `salus vault check` says what helps")
        )


vault_keys.register(group)
group.add_typer(emergency_keys.group, name="emergency")

"""``salus vault emergency``: the emergency key of a patient, from its making to its use.

Who keeps the records: ``deposit``, then daily ``seal``. In an emergency the clinician does
``request`` and ``restore``, a hospital ``countersign``, and each custodian ``release``.

Example:
    $ salus vault emergency deposit --patient 0x… --custodian 0x… --custodian 0x… --custodian 0x…
      --inbox s3://emergencies --out emergency --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.files import make_empty, read_file, require_new, write_new
from salus.cli.session import Session, command
from salus.errors import SalusError, VerificationError
from salus.primitives.address import lower_case

if TYPE_CHECKING:
    from salus.emergencies.cards import EmergencyCard
    from salus.vault.versions.opened import OpenedRecord

group = typer.Typer(
    help="Emergency keys in shares: made, kept up to date, released, used.", no_args_is_help=True
)
Card = Annotated[Path, typer.Argument(help="The patient's emergency card.")]
Request = Annotated[Path, typer.Argument(help="The request, as it came.")]


@command(group, "deposit")
def deposit(
    session: Session,
    patient: Annotated[str, typer.Option(help="The address on the emergency card.")],
    custodian: Annotated[list[str], typer.Option(help="Who holds a share; once for each.")],
    inbox: Annotated[str, typer.Option(help="Storage URL where keys will lie, sealed.")],
    out: Annotated[Path, typer.Option(help="New folder for the card and the deposits.")],
    needed: Annotated[int, typer.Option(help="How many shares give the key back.")] = 2,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of one that was used.")
    ] = False,
) -> None:
    """Make a patient's emergency key in shares, and seal to it what is kept of the patient."""
    who = arguments.address(patient)
    holders = [arguments.address(each) for each in custodian]
    make_empty(out)
    keeping = session.keeper.emergencies.keeping
    made = keeping.deposit(who, holders, needed=needed, inbox=inbox, replacing=replace)
    card = out / "card.json"
    files = {each: out / f"deposit-{lower_case(each)}.json" for each in made.deposits}
    for each, deposited in made.deposits.items():
        write_new(files[each], deposited.to_bytes())
    write_new(card, made.card.to_bytes())
    done = keeping.seal(who)
    session.say("Send each custodian its deposit; keep the card where it is found in an emergency.")
    session.emit(
        {
            "card": str(card),
            "key": made.card.document.id,
            "deposits": [{"custodian": each, "file": str(file)} for each, file in files.items()],
            "keys": done.keys,
            "records": done.records,
        }
    )


@command(group, "seal")
def seal(
    session: Session,
    patient: Annotated[str | None, typer.Option(help="Only this one; defaults to all.")] = None,
) -> None:
    """Seal to emergency keys what was added since, and delete what was erased. For every day."""
    who = None if patient is None else arguments.address(patient)
    done = session.keeper.emergencies.keeping.seal(who)
    session.emit(
        {
            "patients": done.patients,
            "keys": done.keys,
            "records": done.records,
            "removed": done.removed,
            "refused": list(done.refused),
        }
    )


@command(group, "request")
def request(
    session: Session,
    card: Card,
    out: Annotated[Path, typer.Option(help="For the request; it is not a secret.")],
) -> None:
    """As a clinician with an open window, ask the custodians for their shares."""
    named = _card(card)
    require_new(out)
    asked = session.keeper.emergencies.access.request(named)
    write_new(out, asked.to_bytes())
    session.say("An accredited hospital countersigns it; then it goes to each custodian.")
    session.emit(
        {
            "request": str(out),
            "window": asked.request.window,
            "needed": named.needed,
            "custodians": [arguments.address(each) for each in named.custodians],
        }
    )


@command(group, "countersign")
def countersign(
    session: Session,
    request: Request,
    out: Annotated[Path, typer.Option(help="For the request with both signatures.")],
) -> None:
    """As an accredited hospital, vouch that an emergency is one."""
    from salus.emergencies.releases import SignedRequest

    asked = SignedRequest.parse(read_file(request))
    require_new(out)
    write_new(out, session.salus.emergencies.access.countersign(asked).to_bytes())
    session.emit(
        {
            "request": str(out),
            "patient": arguments.address(asked.request.patient),
            "clinician": arguments.address(asked.request.clinician),
            "window": asked.request.window,
        }
    )


@command(group, "release")
def release(
    session: Session,
    request: Request,
    deposit: Annotated[Path, typer.Option(help="This custodian's deposit.")],
    out: Annotated[Path, typer.Option(help="For the sealed share; readable by you only.")],
) -> None:
    """As a custodian, release a share of an emergency key for a window that is open on chain."""
    from salus.emergencies.emergency_keys import Deposit
    from salus.emergencies.releases import SignedRequest

    asked, held = SignedRequest.parse(read_file(request)), Deposit.parse(read_file(deposit))
    entry = out.with_name(out.name + ".entry.json")
    for each in (out, entry):
        require_new(each)  # before the chain permanently says that a share was released
    done = session.keeper.emergencies.custodians.release(held, asked)
    write_new(entry, done.entry)
    write_new(out, done.share.to_bytes())
    session.emit(
        {
            "share": str(out),
            "entry": str(entry),
            "leaf": done.inclusion.leaf,
            "checkpoint": done.inclusion.anchored.checkpoint.id,
        }
    )


@command(group, "restore")
def restore(
    session: Session,
    card: Card,
    share: Annotated[list[Path], typer.Option(help="A released share; once for each.")],
    out: Annotated[Path, typer.Option(help="New folder for the records; readable by you only.")],
) -> None:
    """As the clinician, put the key together and write out what was sealed for emergencies.

    The key is written nowhere. Justify the window afterwards, and have the key replaced.
    """
    from salus.emergencies.releases import ReleasedShare

    named = _card(card)
    released = [ReleasedShare.parse(read_file(each)) for each in share]
    make_empty(out)
    found = session.keeper.emergencies.access.open(named, released)
    problems = [str(each) for each in found.problems]
    written = [_written(each, out, problems) for each in found.records]
    if found.wrong:
        session.say(
            f"Wrong shares, not needed, in the name of {', '.join(found.wrong)}. Anybody can put a"
            " name on a share: ask them whether they sent it."
        )
    session.emit(
        {
            "records": [each for each in written if each],
            "wrong": list(found.wrong),
            "problems": problems,
            "refused": [str(each) for each in found.refused],
        }
    )
    if problems or not found.records:
        session.fail(
            VerificationError(
                f"{len(problems)} records could not be opened, {sum(map(bool, written))} were: "
                "read from where their custodian keeps them, with SALUS_READ_FROM"
            )
        )


def _card(path: Path) -> EmergencyCard:
    from salus.emergencies.cards import EmergencyCard

    return EmergencyCard.parse(read_file(path))


def _written(record: OpenedRecord, folder: Path, problems: list[str]) -> dict[str, object]:
    """One record in a file of its own; what is damaged must not keep back the others."""
    from salus.records.full_urls import without_url

    manifest = record.manifest
    path = folder / f"{manifest.record_id}{'.json' if 'json' in manifest.media_type else ''}"
    try:
        record.save_to(path, overwrite=True)
    except SalusError as problem:
        problems.append(str(problem))
        return {}
    return {
        "record": manifest.record_id,
        "version": manifest.version,
        "type": without_url(manifest.media_type),
        "file": str(path),
    }

"""``salus consents break-glass``: an emergency, in public, to be justified in time.

Reasons are health data: they are read from a file and never appear on the command line.

Example:
    $ salus consents break-glass open 0x<patient> --reason why.txt --out reason.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import statement_in, written_first
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.emergencies.windows import Windows

group = typer.Typer(help="Emergencies: open, justify, opt out.", no_args_is_help=True)
Patient = Annotated[str, typer.Argument(help="The address on the emergency card.")]
OPENED = ("window", "endsAt", "justifyBy")
"""What is told of a window that was opened."""
Out = Annotated[Path, typer.Option(help="Where the statement's opening goes; keep it private.")]


@command(group, "open")
def open_(
    session: Session,
    patient: Patient,
    reason: Annotated[Path, typer.Option(help="Text file that says why; its salted digest goes.")],
    out: Out,
) -> None:
    """Open a short window on a patient, as an emergency clinician. Public at once."""
    windows, who = session.salus.emergencies.windows, arguments.address(patient)
    opening = statement_in(reason)
    with written_first(out, opening.to_json(), chain=session.salus.chain):
        transaction = windows.open(who, opening)
    opened = session.look_back(
        lambda: _opened(windows, who, session.salus.account.identity), unknown=OPENED
    )
    session.emit({"patient": who, **opened, "statement": out, "transaction": transaction.hash})


def _opened(windows: Windows, patient: str, clinician: str) -> dict[str, Any]:
    window_id = windows.last(patient, clinician)
    if window_id is None:  # the node is behind
        return dict.fromkeys(OPENED)
    window = windows.find(window_id)
    return {"window": window_id, "endsAt": window.ends_at, "justifyBy": window.justify_by}


@command(group, "justify")
def justify(
    session: Session,
    window: Annotated[str, typer.Argument(help="The window's id, 32 bytes of hex.")],
    justification: Annotated[Path, typer.Option(help="Text file that justifies it.")],
    out: Out,
) -> None:
    """Justify a window; late is taken, marked, and lifts the brake on opening others."""
    windows, window_id = session.salus.emergencies.windows, arguments.digest(window)
    opening = statement_in(justification)
    with written_first(out, opening.to_json(), chain=session.salus.chain):
        transaction = windows.justify(window_id, opening)
    told = session.look_back(
        lambda: _justified(windows, window_id), unknown=("justifiedAt", "late")
    )
    session.emit({"window": window_id, **told, "statement": out, "transaction": transaction.hash})


def _justified(windows: Windows, window_id: bytes) -> dict[str, Any]:
    found = windows.find(window_id)
    return {
        "justifiedAt": found.justified_at,
        "late": found.justified_at > found.justify_by,
    }


@command(group, "opt-out")
def opt_out(session: Session, patient: Patient) -> None:
    """Refuse break-glass on an identity, in advance."""
    _set(session, patient, opted_out=True)


@command(group, "opt-in")
def opt_in(session: Session, patient: Patient) -> None:
    """Allow break-glass again."""
    _set(session, patient, opted_out=False)


@command(group, "show")
def show(
    session: Session,
    patient: Patient,
    clinician: Annotated[str, typer.Argument(help="Who may have opened a window.")],
) -> None:
    """Show the last window that a clinician opened on a patient."""
    windows = session.salus.emergencies.windows
    who, by = arguments.address(patient), arguments.address(clinician)
    window_id = windows.last(who, by)
    found = None if window_id is None else windows.find(window_id)
    session.emit(
        {
            "patient": who,
            "optedOut": windows.opted_out(who),
            "window": window_id,
            "open": windows.is_open(who, by),
            "endsAt": found.ends_at if found else None,
            "justifiedAt": (found.justified_at or None) if found else None,
            "justifyBy": found.justify_by if found else None,
        }
    )


def _set(session: Session, patient: str, *, opted_out: bool) -> None:
    who = arguments.address(patient)
    transaction = session.salus.emergencies.windows.set_opt_out(who, opted_out)
    session.emit({"patient": who, "optedOut": opted_out, "transaction": transaction.hash})

"""``salus demo``: the main job, end to end, in one screen.

Example:
    $ salus demo --bundle patient.json
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli.files import read_file
from salus.cli.session import Session
from salus.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from salus.demo.report import Report, Step

WIDTH = 100
"""The most columns that a step takes: beyond, the eye loses the line."""
CHAPTERS = {"people": "People", "health": "Health", "medicine": "Medicine"}


def demo(
    session: Session,
    context: typer.Context,
    bundle: Annotated[
        Path | None, typer.Option(help="A FHIR R4 bundle; defaults to a small one of our own.")
    ] = None,
) -> None:
    """A patient, two hospitals and a drug lot: consent, records, proof, revocation, recall.

    With --storage the encrypted records are stored there; without it they go when it ends, as all
    keys do. Storage and state of the environment are left alone.
    """
    from salus.config import Settings
    from salus.connecting.connect import payer
    from salus.demo.report import Report
    from salus.demo.samples import bundle_bytes
    from salus.demo.story import check_bundle, run_story
    from salus.vault.storage.storage_kinds import open_storage

    if _typed(context, "state"):
        raise InputError("the demonstration keeps no keys: leave --state out")
    storage = session.storage if _typed(context, "storage") else None
    if storage is not None:
        open_storage(storage)  # which refuses a URL of no form that is known
    data = bundle_bytes() if bundle is None else read_file(bundle)
    check_bundle(data)
    settings = Settings.load(network=session.network)
    # What is missing is deployed: a deployment file need not exist yet.
    chain = session.opened.enter_context(replace(settings, deployment=None).connect())
    session.guard(chain)
    session.say(f"[bold]Salus[/bold] on chain {chain.chain_id} ({chain.network})")
    seen: set[str] = set()
    with _progress(session) as progress:
        report = Report(listener=lambda step: _tell(session, step, seen), progress=progress)
        started = time.perf_counter()
        run_story(chain, payer(chain, settings), data, report, storage=storage)
        seconds = time.perf_counter() - started
    session.say("[bold cyan]Contracts[/bold cyan]")
    for name, address in report.addresses.items():
        session.say(f"[dim]  {name:<22} {address}[/dim]")
    session.emit(_as_json(report, chain.chain_id, chain.network, seconds), _proofs(report, seconds))


def _typed(context: typer.Context, option: str) -> bool:
    """Whether an option stands on the command line: records for show go to no place that is set."""
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


class _progress:  # noqa: N801 - used as a function
    """A bar on stderr while records are stored; calls with the number done."""

    def __init__(self, session: Session) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("  storing records"), BarColumn(), TextColumn("{task.completed}"))
        self._bar = Progress(*columns, console=session.words, transient=True)
        self._task: Any = None

    def __enter__(self) -> _progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bar.stop()

    def __call__(self, done: int) -> None:
        if not self._bar.console.is_terminal:
            return
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        self._bar.update(self._task, completed=done)


def _tell(session: Session, step: Step, seen: set[str]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if step.chapter not in seen:
        seen.add(step.chapter)
        session.say(f"[bold cyan]{CHAPTERS[step.chapter]}[/bold cyan]")
    cost = f"{step.gas:>10,} gas" if step.gas else " " * 14
    if step.refused:
        cost, mark = f"{step.refused:>14}", "[yellow]✗[/yellow]"
    else:
        mark = "[green]✓[/green]"
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(width=1)
    table.add_column(width=10, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", width=8, no_wrap=True)
    who, spent = f"[bold]{step.who}[/bold]", f"[dim]{_duration(step.seconds)}[/dim]"
    table.add_row(mark, who, escape(step.what), f"[dim]{cost}[/dim]", spent)
    session.words.print(table, width=min(session.words.width, WIDTH))


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def _proofs(report: Report, seconds: float) -> Table:
    from rich.table import Table

    gas = sum(step.gas for step in report.steps)
    table = Table(
        "proved",
        "by",
        "rests on",
        title=f"What was proved ({seconds:.1f} s, {gas:,} gas)",
        title_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.columns[1].no_wrap = True
    for proof in report.proofs:
        table.add_row(proof.what, proof.by, proof.rests_on)
    return table


def _as_json(report: Report, chain_id: int, network: str, seconds: float) -> dict[str, Any]:
    return {
        "chainId": chain_id,
        "network": network,
        "seconds": round(seconds, 3),
        "gas": sum(step.gas for step in report.steps),
        "addresses": report.addresses,
        **report.facts,
        "steps": [
            {
                "chapter": step.chapter,
                "who": step.who,
                "what": step.what,
                "gas": step.gas,
                "seconds": round(step.seconds, 3),
                "refused": step.refused,
            }
            for step in report.steps
        ],
        "proofs": [
            {"what": each.what, "by": each.by, "restsOn": each.rests_on} for each in report.proofs
        ],
    }

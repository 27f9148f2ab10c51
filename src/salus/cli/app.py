"""The tree of commands; each noun group lives in its own module.

Example:
    >>> from salus.cli.app import app
    >>> app.info.name
    'salus'
"""

from __future__ import annotations

from typing import Annotated

import typer

from salus import __version__
from salus.cli import (
    accreditations,
    anchors,
    consents,
    identities,
    lots,
    packs,
    receipts,
    records,
    vault,
)
from salus.cli.demo import demo
from salus.cli.deploy import deploy
from salus.cli.doctor import doctor
from salus.cli.session import command
from salus.cli.verify import verify

PURPOSE = (
    "Health data that patients, hospitals, pharma firms and regulators can trust "
    "without trusting each other."
)

app = typer.Typer(
    name="salus",
    help=PURPOSE,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"salus {__version__}")
        raise typer.Exit


@app.callback(help=PURPOSE)
def salus(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run one command of a group."""


command(app, "demo")(demo)
command(app, "doctor")(doctor)
command(app, "deploy")(deploy)
command(app, "verify")(verify)
for name, group in (
    ("identities", identities.group),
    ("accreditations", accreditations.group),
    ("consents", consents.group),
    ("records", records.group),
    ("anchors", anchors.group),
    ("lots", lots.group),
    ("packs", packs.group),
    ("receipts", receipts.group),
    ("vault", vault.group),
):
    app.add_typer(group, name=name)

"""The tree of commands: each noun lives in its own module, which is imported when it is asked for.

Example:
    >>> program("lots").name, sorted(program("lots").commands)[:2]
    ('salus', ['accreditations', 'anchors'])
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer

from salus import __version__
from salus.cli.session import command

PURPOSE = (
    "Health data that patients, hospitals, pharma firms and regulators can trust "
    "without trusting each other."
)
COMMANDS = {
    "demo": "A patient, two hospitals and a drug lot: consent, records, proof, revocation, recall.",
    "doctor": "Check this installation, and the network when one is named.",
    "deploy": "Deploy what is missing; what stands already is checked and left alone.",
    "verify": "Compare deployed code with the shipped artifacts, and those with their sources.",
}
"""Commands of one word, as the page of help has them."""
GROUPS = {
    "identities": "Who controls an identity.",
    "accreditations": "Who is licensed as what, and who vouches.",
    "consents": "Who may see what, and why.",
    "records": "Encrypted records: add, share, collect, open, erase.",
    "anchors": "Append-only logs: what existed when, in what order.",
    "outbox": "Acts under way, and those that an ended process left open.",
    "products": "Products: who may make them, and who holds their authorisation.",
    "lots": "Lots: commission, recall, quarantine, correct.",
    "shipments": "Shipments: ship, receive, dispute, reject, take back.",
    "packs": "Single packs: scan, dispense, end, restore, flag.",
    "safe": "A Safe that several people own: propose, sign, execute.",
    "receipts": "Proof that a record existed, or was said to be erased.",
    "index": "The chain's events in a file, for lists at once.",
    "vault": "The vault itself: records and keys looked after.",
}
"""Nouns, as the page of help has them; a test holds both to what the modules say."""


@cache
def program(asked: str | None = None) -> Any:
    """Return the tree as the framework runs it, with what is asked for; with all for None."""
    app = typer.Typer(
        name="salus",
        help=PURPOSE,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="rich",
    )
    app.callback(help=PURPOSE)(salus)
    for name, words in COMMANDS.items():
        if asked in (None, name):
            command(app, name)(getattr(import_module(f"salus.cli.{name}"), name))
        else:
            app.command(name, help=words)(_elsewhere)
    for name, words in GROUPS.items():
        if asked in (None, name):
            app.add_typer(import_module(f"salus.cli.{name}").group, name=name)
        else:
            app.add_typer(typer.Typer(help=words), name=name)
    return typer.main.get_command(app)


def _version(asked: bool) -> None:
    if asked:
        print(f"salus {__version__}")
        raise typer.Exit


def salus(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run one command of a group."""


def _elsewhere() -> None:
    """Stand for a command that was not asked for, on the page of help."""

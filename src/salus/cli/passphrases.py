"""New passphrases at the command line: typed twice, unseen, or read from a file.

Example:
    $ salus vault change-passphrase --new-from new.txt --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli.files import read_text
from salus.cli.session import Session
from salus.errors import InputError

NewFrom = Annotated[
    Path | None,
    typer.Option(help="File whose first line is the new passphrase; asked for unless given."),
]


def new_passphrase(session: Session, question: str, given: Path | None) -> str:
    """The one that shall open a file from now on."""
    if given is None:
        return session.ask_passphrase(question, new=True, otherwise="give it by --new-from")
    lines = read_text(given).splitlines()
    if not lines or not lines[0]:
        raise InputError(f"{given} has no first line: nothing was changed")
    return lines[0]

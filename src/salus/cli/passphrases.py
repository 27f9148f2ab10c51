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
    # str.splitlines would end a line at characters that a passphrase may hold
    first = read_text(given).split("\n", 1)[0].removesuffix("\r")
    if not first:
        raise InputError(f"{given} has no first line: nothing was changed")
    return first

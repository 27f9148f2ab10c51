"""Statements that the chain holds a salted digest of: a reason, a justification.

Example:
    >>> from salus.emergencies.windows import state
    >>> document(state("impurity found"))[:8]
    b'{"salt":'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salus.cli.files import read_text
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.emergencies.windows import Opening

TYPE, VERSION = "salus/statement", 1


def document(opening: Opening) -> bytes:
    """What opens a statement's digest, as canonical JSON (RFC 8785)."""
    import rfc8785

    return rfc8785.dumps(
        {"type": TYPE, "version": VERSION, "text": opening.text, "salt": opening.salt.hex()}
    )


def statement_in(source: Path) -> Opening:
    """Commit to the text in a file, so that nobody sees it on the command line.

    Raises:
        InputError: The file is empty, or no text.
    """
    from salus.emergencies.windows import state

    text = read_text(source).strip()
    if not text:
        raise InputError(f"{source} is empty: write what is to be stated")
    return state(text)

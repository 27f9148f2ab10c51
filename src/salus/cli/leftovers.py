"""``salus identities leftovers``: what former owners set, and ending what nobody confirms.

Example:
    $ salus identities leftovers show 0x<identity>
    $ salus identities leftovers clear 0x<identity> --keep <id of mine> --keep <id of mine>
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.session import Session, command
from salus.errors import InputError, SalusError
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.thefts.leftovers import Leftover

group = typer.Typer(help="What former owners, a thief among them, left.", no_args_is_help=True)
SHOWN = 200
"""Bytes of a value that people see: a thief chose it, and its length."""
Identity = Annotated[str, typer.Argument(help="The identity's address.")]
Since = Annotated[
    str,
    typer.Option(
        help="The first block that counts, or `recovery`: since the last one was proposed."
    ),
]


@command(group, "show")
def show(session: Session, identity: Identity, since: Since = "0") -> None:
    """List delegates and attributes in force: who and what, since when, sent by whom."""
    from rich.markup import escape
    from rich.table import Table

    found = session.salus.thefts.leftovers(arguments.address(identity), since=_since(since))
    table = Table("id", "what", "name", "delegate or value", "set at block", "by", box=None)
    for each in found:
        what = each.delegate or in_words(each.value)
        whose = "the present owner" if each.own else each.sender or "unknown"
        cells = (each.id, str(each.kind), each.label, what, str(each.block_number), whose)
        table.add_row(*map(escape, cells))
    session.emit([_row(each) for each in found], table if found else "nothing")


@command(group, "clear")
def clear(
    session: Session,
    identity: Identity,
    keep: Annotated[
        list[str] | None, typer.Option(help="Id of what is confirmed; as often as needed.")
    ] = None,
    since: Since = "0",
    keep_consents: Annotated[
        bool, typer.Option("--keep-consents", help="End no consents: no patient uses this one.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="I know what is permanently ended.")] = False,
) -> None:
    """End what former owners set and is not confirmed, and all consents. May be repeated."""
    who = arguments.address(identity)
    if not yes:
        consents = "" if keep_consents else ", and every consent,"
        session.confirm(f"What former owners set and is not kept{consents} will end. Go on?")
    cleared = session.salus.thefts.clear(
        who, keep=keep or (), since=_since(since), consents=not keep_consents
    )
    session.emit(
        {
            "identity": who,
            "removed": [each.id for each in cleared.removed],
            "unremoved": _with_reasons(cleared.unremoved),
            "unknown": _with_reasons(cleared.unknown),
            "consentsEnded": cleared.consents_ended,
            "transactions": [each.hash for each in cleared.transactions],
        }
    )


def _with_reasons(some: Iterable[tuple[Leftover, SalusError]]) -> list[dict[str, str]]:
    return [{"id": each.id, "reason": str(problem)} for each, problem in some]


def _since(text: str) -> int | str:
    from salus.thefts.leftovers import RECOVERY

    if text == RECOVERY:
        return text
    if not (text.isascii() and text.isdigit()):
        raise InputError(
            f"{text!r} is not a block: give its number, or {RECOVERY!r} for when the recovery was"
            " proposed"
        )
    return int(text)


def _row(each: Leftover) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": str(each.kind),
        "name": each.label,
        "delegate": each.delegate,
        "value": each.value,
        "validTo": each.valid_to,
        "setAt": each.set_at,
        "block": each.block_number,
        "transaction": each.transaction_hash,
        "sender": each.sender,
        "own": each.own,
    }


def in_words(value: bytes) -> str:
    """Text where a value is one, such as a URL; hex elsewhere, so that nothing moves a cursor."""
    if len(value) > SHOWN:
        return f"{len(value)} bytes, 0x{value[:SHOWN].hex()} to begin with"
    text = value.decode(errors="replace")
    return text if text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text else hex0x(value)

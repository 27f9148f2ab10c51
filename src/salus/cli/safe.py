"""``salus safe``: what several people do together, by a Safe that they own.

Example:
    $ salus safe propose 0x… DrugProvenance recallLot 0x… --out recall.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import Force, read_document, write_new, write_private
from salus.cli.session import Session, command, in_words, printable
from salus.errors import InputError
from salus_verify import json_reader

if TYPE_CHECKING:
    from salus.safes import Safe, SafeProposal

group = typer.Typer(
    help="A Safe that several people own: propose, sign, execute.", no_args_is_help=True
)
Copies = Annotated[list[Path], typer.Argument(help="The proposal; several copies are joined.")]
Unread = Annotated[
    bool, typer.Option("--unread", help="Go on although it cannot be read what it does.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Go on without asking.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="Where it goes; defaults to the first file itself.")
]


@command(group, "propose")
def propose(
    session: Session,
    safe: Annotated[str, typer.Argument(help="The Safe's address.")],
    contract: Annotated[str, typer.Argument(help="A registry as in Solidity, or Safe.")],
    function: Annotated[str, typer.Argument(help="Its function.")],
    out: Annotated[Path, typer.Option("--out", help="The proposal's file.")],
    values: Annotated[
        list[str] | None, typer.Argument(help="Its arguments; lists and structs as JSON.")
    ] = None,
    nonce: Annotated[
        int | None, typer.Option("--nonce", help="Its number; defaults to the Safe's next.")
    ] = None,
    force: Force = False,
) -> None:
    """Propose an act of a registry to the Safe's owners: nothing is signed or sent."""
    opened = session.salus.safes.open(arguments.address(safe))
    taken = [_value(each) for each in values or ()]
    proposal = opened.propose(contract, function, *taken, nonce=nonce)
    write_new(out, proposal.to_bytes(), force=force)
    _emit(session, opened, proposal, file=out)


@command(group, "show")
def show(session: Session, proposals: Copies) -> None:
    """Show what a proposal does, who signed it, and who has not."""
    proposal = _joined(proposals)
    _emit(session, session.salus.safes.open(proposal.safe), proposal)


@command(group, "sign")
def sign(
    session: Session, proposals: Copies, out: Out = None, unread: Unread = False, yes: Yes = False
) -> None:
    """Sign a proposal as one of the owners, after it was shown in words."""
    proposal = _joined(proposals)
    opened = session.salus.safes.open(proposal.safe)
    _ask(session, opened, proposal, unread=unread, yes=yes, what="Sign it?")
    signed = opened.sign(proposal, unread=unread)
    _emit(session, opened, signed, file=_written(signed, out or proposals[0]))


@command(group, "add")
def add(
    session: Session,
    proposals: Copies,
    owner: Annotated[str, typer.Option("--owner", help="Who signed elsewhere.")],
    signature: Annotated[str, typer.Option("--signature", help="As hex.")],
    contract: Annotated[
        bool, typer.Option("--contract", help="The owner is a contract, a Safe say.")
    ] = False,
    out: Out = None,
) -> None:
    """Take in a signature that an owner made in a wallet, or by a contract."""
    from salus_verify.encoding import octets_of

    proposal = _joined(proposals)
    opened = session.salus.safes.open(proposal.safe)
    made = octets_of(signature)
    signed = opened.add(proposal, arguments.address(owner), made, by_contract=contract)
    _emit(session, opened, signed, file=_written(signed, out or proposals[0]))


@command(group, "approve")
def approve(session: Session, proposals: Copies, unread: Unread = False, yes: Yes = False) -> None:
    """Approve a proposal on chain instead of signing it."""
    proposal = _joined(proposals)
    opened = session.salus.safes.open(proposal.safe)
    _ask(session, opened, proposal, unread=unread, yes=yes, what="Approve it?")
    transaction = opened.approve(proposal, unread=unread)
    session.emit({"safe": proposal.safe, "transaction": transaction.hash})


@command(group, "execute")
def execute(session: Session, proposals: Copies, unread: Unread = False, yes: Yes = False) -> None:
    """Have the Safe do it; what was done before is answered, and not done again."""
    proposal = _joined(proposals)
    opened = session.salus.safes.open(proposal.safe)
    _ask(session, opened, proposal, unread=unread, yes=yes, what="Execute it?")
    transaction = opened.execute(proposal, unread=unread)
    session.emit(
        {
            "safe": proposal.safe,
            "nonce": proposal.nonce,
            "transaction": transaction.hash,
            "gas": transaction.gas_used,
        }
    )


def _written(proposal: SafeProposal, path: Path) -> Path:
    write_private(path, proposal.to_bytes())
    return path


def _joined(paths: list[Path]) -> SafeProposal:
    from salus.safes import SafeProposal

    first, *others = [read_document(each, SafeProposal.from_bytes) for each in paths]
    for each in others:
        first = first.joined(each)
    return first


def _value(text: str) -> Any:
    """An argument as people type it: JSON where it is a list or a struct, GTINs as they are."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        found = json_reader.load(text)
    except ValueError:
        return text
    if isinstance(found, float):
        raise InputError(f"{text} is no value that a contract takes: write whole numbers")
    return text if isinstance(found, str) else found


def _ask(
    session: Session, safe: Safe, proposal: SafeProposal, *, unread: bool, yes: bool, what: str
) -> None:
    for line in _words(safe, proposal, unread=unread):
        session.say(line)
    if not yes:
        session.confirm(what)


def _words(safe: Safe, proposal: SafeProposal, *, unread: bool) -> list[str]:
    from salus.safes.errors import SafeCallUnreadable

    try:
        return list(safe.read(proposal).words)
    except SafeCallUnreadable as error:
        if not unread:
            raise
        return [f"It is not known what this does: {error.reason}, at {error.to}"]


def _emit(
    session: Session, safe: Safe, proposal: SafeProposal, *, file: Path | None = None
) -> None:
    from salus_verify.encoding import hex0x

    missing, state = safe.missing(proposal), safe.state()
    does = _words(safe, proposal, unread=True)
    data = {
        "safe": proposal.safe,
        "nonce": proposal.nonce,
        "next": state.nonce,
        "does": does,
        "digest": hex0x(proposal.digest),
        "signed": [each.owner for each in proposal.signatures],
        "missing": list(missing),
        "threshold": state.threshold,
        "file": None if file is None else str(file),
    }
    session.emit(data, in_words({**data, "does": printable("\n".join(does))}))

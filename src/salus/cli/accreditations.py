"""``salus accreditations``: who is a clinician, hospital, maker or pharmacy.

Example:
    $ salus accreditations give 0x… pharmacy --for 365d --network anvil
"""

from __future__ import annotations

from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.session import Session, command

group = typer.Typer(help="Who is licensed as what, and who vouches.", no_args_is_help=True)
Subject = Annotated[str, typer.Argument(help="Whose accreditation.")]
RoleName = Annotated[str, typer.Argument(help="Such as hospital or emergency-clinician.")]


@command(group, "show")
def show(session: Session, subject: Subject) -> None:
    """Show every role that somebody was accredited for."""
    from salus.primitives.roles import Role

    who = arguments.address(subject)
    accreditations = session.salus.accreditations
    rows = []
    for role in Role:
        given = accreditations.get(who, role)
        if given:
            rows.append(
                {
                    "role": role.label,
                    "holds": accreditations.holds(who, role),
                    "accreditor": given.accreditor,
                    "issuedAt": given.issued_at,
                    "validUntil": given.valid_until,
                }
            )
    session.emit(rows)


@command(group, "name")
def name(session: Session, role: RoleName, accreditor: Annotated[str, typer.Argument()]) -> None:
    """Let an accreditor vouch for a role, after the delay. Governance only."""
    transaction = session.salus.accreditations.name_accreditor(role, arguments.address(accreditor))
    session.emit(
        {"role": role, "accreditor": arguments.address(accreditor), "transaction": transaction.hash}
    )


@command(group, "remove")
def remove(
    session: Session,
    role: RoleName,
    accreditor: Annotated[str, typer.Argument()],
    void_from: Annotated[
        str, typer.Option(help="As in 2030-01-31T12:00Z; what it gave from then on is void.")
    ] = "0",
) -> None:
    """End what an accreditor may do, at once. Governance only."""
    transaction = session.salus.accreditations.remove_accreditor(
        role, arguments.address(accreditor), void_from=arguments.moment(void_from)
    )
    session.emit(
        {"role": role, "removed": arguments.address(accreditor), "transaction": transaction.hash}
    )


@command(group, "give")
def give(
    session: Session,
    subject: Subject,
    role: RoleName,
    lasting: Annotated[str, typer.Option("--for", help="How long, as in 365d.")] = "365d",
) -> None:
    """Vouch for somebody, as an accreditor of the role."""
    salus = session.salus
    until = salus.chain.deadline(arguments.duration(lasting))
    transaction = salus.accreditations.accredit(arguments.address(subject), role, until=until)
    session.emit(
        {
            "subject": arguments.address(subject),
            "role": role,
            "validUntil": until,
            "transaction": transaction.hash,
        }
    )


@command(group, "revoke")
def revoke(session: Session, subject: Subject, role: RoleName) -> None:
    """End an accreditation at once, as an accreditor of the role."""
    transaction = session.salus.accreditations.revoke(arguments.address(subject), role)
    session.emit(
        {"subject": arguments.address(subject), "role": role, "transaction": transaction.hash}
    )

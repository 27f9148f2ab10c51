"""``salus products``: registered products, their authorisation holders and makers.

Example:
    $ salus products register 09506000134352 --holder 0x… --maker 0x…
"""

from __future__ import annotations

from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.drug_arguments import GtinText, moment
from salus.cli.session import Session, command, in_words

group = typer.Typer(
    help="Products: who may make them, and who holds their authorisation.", no_args_is_help=True
)


@command(group, "register")
def register(
    session: Session,
    gtin: GtinText,
    holder: Annotated[str, typer.Option(help="Marketing-authorisation holder.")],
    maker: Annotated[list[str], typer.Option(help="Who may commission it; repeat for several.")],
) -> None:
    """Register a product: bind a GTIN to its authorisation holder and makers. Regulators only."""
    from salus.gs1.identification_keys import Gtin

    transaction = session.salus.drugs.products.register(
        Gtin(gtin),
        holder=arguments.address(holder),
        makers=[arguments.address(each) for each in maker],
    )
    session.emit(
        {
            "gtin": gtin,
            "holder": holder,
            "transaction": transaction.hash,
            "gas": transaction.gas_used,
        }
    )


@command(group, "show")
def show(
    session: Session,
    gtin: GtinText,
    maker: Annotated[str | None, typer.Option(help="Tell if this one may commission it.")] = None,
) -> None:
    """Show who registered a product and who holds its authorisation."""
    from salus.errors import InputError
    from salus.gs1.identification_keys import Gtin

    drugs, named = session.salus.drugs, Gtin(gtin)
    found = drugs.products.get(named)
    if found is None:
        raise InputError(f"nobody registered {gtin} on this chain: a regulator must")
    may = None if maker is None else drugs.products.is_maker(named, arguments.address(maker))
    data = {
        "gtin": gtin,
        "regulator": found.regulator,
        "holder": found.holder,
        "registeredAt": found.registered_at,
        "mayCommission": may,
    }
    session.emit(data, in_words(data | {"registeredAt": moment(found.registered_at)}))


@command(group, "change-holder")
def change_holder(
    session: Session, gtin: GtinText, holder: Annotated[str, typer.Argument(help="To whom.")]
) -> None:
    """Give a product's authorisation to another holder. Its regulator only."""
    from salus.gs1.identification_keys import Gtin

    who = arguments.address(holder)
    transaction = session.salus.drugs.products.change_holder(Gtin(gtin), who)
    session.emit({"gtin": gtin, "holder": who, "transaction": transaction.hash})


@command(group, "permit")
def permit(session: Session, gtin: GtinText, maker: Annotated[str, typer.Argument()]) -> None:
    """Let one more maker commission lots of a product."""
    _permit(session, gtin, maker, permitted=True)


@command(group, "forbid")
def forbid(session: Session, gtin: GtinText, maker: Annotated[str, typer.Argument()]) -> None:
    """Let a maker commission no further lots of a product."""
    _permit(session, gtin, maker, permitted=False)


def _permit(session: Session, gtin: str, maker: str, *, permitted: bool) -> None:
    from salus.gs1.identification_keys import Gtin

    who = arguments.address(maker)
    transaction = session.salus.drugs.products.permit(Gtin(gtin), who, permitted=permitted)
    session.emit(
        {"gtin": gtin, "maker": who, "permitted": permitted, "transaction": transaction.hash}
    )

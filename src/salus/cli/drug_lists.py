"""``list`` of lots and of shipments: which there are, page by page.

Example:
    $ salus lots list --holder 0x… --since 2027-01-01
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.session import Session

if TYPE_CHECKING:
    from salus.contracts.event import EventPlace
    from salus.gs1.identification_keys import Gtin

Product = Annotated[str | None, typer.Option(help="Of this product: a GTIN.")]
Since = Annotated[str | None, typer.Option(help="From this day on, YYYY-MM-DD, in UTC.")]
Until = Annotated[str | None, typer.Option(help="Before this day.")]
After = Annotated[str | None, typer.Option(help='Behind this one: the last "at" of a page.')]
Limit = Annotated[int, typer.Option(help="At most so many.")]


def lots(
    session: Session,
    product: Product = None,
    maker: Annotated[str | None, typer.Option(help="Commissioned by this identity.")] = None,
    holder: Annotated[str | None, typer.Option(help="In this identity's custody now.")] = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """List lots, oldest first. A node that prunes events may list fewer: name the product."""
    found = session.salus.drugs.lots.search(
        product=_gtin(product),
        maker=_address(maker),
        holder=_address(holder),
        since=_day(since),
        until=_day(until),
        after=_place(after),
        limit=limit,
    )
    session.emit(
        {
            "lots": [
                {
                    "lotId": each.id,
                    "gtin": str(each.gtin),
                    "maker": each.maker,
                    "quantity": each.quantity,
                    "expiry": each.expiry.isoformat(),
                    "eventHash": each.event_hash,
                    "at": str(each.place),
                }
                for each in found
            ]
        }
    )


def shipments(
    session: Session,
    product: Product = None,
    lot_id: Annotated[str | None, typer.Option(help="Of this lot: its id on chain.")] = None,
    sender: Annotated[str | None, typer.Option(help="Shipped by this identity.")] = None,
    to: Annotated[str | None, typer.Option(help="Shipped to this identity.")] = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """List shipments, oldest first. A node that prunes events may list fewer."""
    found = session.salus.drugs.shipments.search(
        product=_gtin(product),
        lot=None if lot_id is None else arguments.digest(lot_id),
        sender=_address(sender),
        consignee=_address(to),
        since=_day(since),
        until=_day(until),
        after=_place(after),
        limit=limit,
    )
    session.emit({"shipments": [_shipment(each.shipment, each.place) for each in found]})


def _shipment(shipment: Any, place: EventPlace) -> dict[str, Any]:
    return {
        "shipment": shipment.id,
        "lotId": shipment.lot,
        "from": shipment.sender,
        "to": shipment.consignee,
        "quantity": shipment.quantity,
        "eventHash": shipment.event_hash,
        "at": str(place),
    }


def _gtin(text: str | None) -> Gtin | None:
    from salus.gs1.identification_keys import Gtin

    return None if text is None else Gtin(text)


def _address(text: str | None) -> str | None:
    return None if text is None else arguments.address(text)


def _day(text: str | None) -> date | None:
    return None if text is None else arguments.day(text)


def _place(text: str | None) -> EventPlace | None:
    from salus.contracts.event import EventPlace

    return None if text is None else EventPlace.parse(text)

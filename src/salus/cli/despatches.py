"""``salus shipments`` on a pallet: many lots shipped and received in one transaction each.

Example:
    $ salus shipments ship-many a.json b.json --to 0x… --gln 95… --to-gln 95… --out consignments
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.consignments import consignment_in, kept_in, packs_in
from salus.cli.files import make_empty, written_first
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.chain.contract import Transaction


def register(group: typer.Typer) -> None:
    """Add these verbs to the group of shipments."""
    command(group, "ship-many")(ship_many)
    command(group, "receive-many")(receive_many)


def ship_many(
    session: Session,
    manifests: Annotated[list[Path], typer.Argument(help="Manifests or consignments received.")],
    to: Annotated[str, typer.Option(help="The consignee's identity.")],
    gln: Annotated[str, typer.Option(help="Global Location Number of where it happens.")],
    to_gln: Annotated[str, typer.Option(help="The consignee's Global Location Number.")],
    out: Annotated[Path, typer.Option(help="New folder for the consignments.")],
) -> None:
    """Hand over all packs of several files to one consignee, in one transaction."""
    from salus.gs1.identification_keys import Gln

    consignee, here, there = arguments.address(to), Gln(gln), Gln(to_gln)
    loads = [(packs_in(each), None) for each in manifests]
    make_empty(out)
    files = [out / f"{number:04d}.json" for number, _ in enumerate(loads, 1)]
    left = iter(files)
    chain = session.salus.chain
    sent = session.salus.drugs.despatches.ship(
        loads,
        to=consignee,
        at=here,
        towards=there,
        keep=lambda content: written_first(next(left), content, chain=chain),
    )
    session.emit(
        {
            "shipments": [
                {
                    "shipment": each.shipment.id,
                    "lot": str(each.lot),
                    "quantity": each.shipment.quantity,
                    "consignment": str(file),
                }
                for each, file in zip(sent, files, strict=True)
            ],
            **_paid([each.transaction for each in sent if each.transaction is not None]),
        }
    )


def receive_many(
    session: Session,
    consignments: Annotated[list[Path], typer.Argument(help="What came with the shipments.")],
    gln: Annotated[str, typer.Option(help="Global Location Number of where it happens.")],
    from_gln: Annotated[str, typer.Option(help="The sender's Global Location Number.")],
    event: Annotated[
        Path | None, typer.Option(help="A new file for the receiving event, EPCIS JSON-LD.")
    ] = None,
) -> None:
    """Take all of several consignments into custody, in one transaction."""
    from salus.gs1.identification_keys import Gln

    came, here, there = [consignment_in(each) for each in consignments], Gln(gln), Gln(from_gln)
    received = session.salus.drugs.despatches.receive(
        came, at=here, sent_from=there, keep=kept_in(event, session.salus.chain)
    )
    session.emit(
        {
            "shipments": [each.shipment.id for each in came],
            "event": received.event.id,
            **_paid([*received.earlier, received.transaction]),
        }
    )


def _paid(transactions: Sequence[Transaction]) -> dict[str, object]:
    """The last transaction, all of them where they are several, and the gas of all."""
    each_once = list({each.hash: each for each in transactions}.values())
    several = {"transactions": [each.hash for each in each_once]} if len(each_once) > 1 else {}
    gas = sum(each.gas_used for each in each_once)
    return {"transaction": each_once[-1].hash, **several, "gas": gas}

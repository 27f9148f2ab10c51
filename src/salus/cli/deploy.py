"""``salus deploy``: put the contracts on a chain, at the same addresses everywhere.

Example:
    $ salus deploy --network anvil
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.session import Session


def deploy(
    session: Session,
    governance: Annotated[
        str | None, typer.Option(help="Who names accreditors; the paying account unless told.")
    ] = None,
    delay: Annotated[
        str | None, typer.Option(help="Of naming accreditors and handing governance over, as 2d.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Deployment file; deployments/<chain id>.json unless told.")
    ] = None,
) -> None:
    """Deploy what is missing; what stands already is checked and left alone."""
    from salus.chain import deploy as deploy_contracts
    from salus.chain.deployments import default_path
    from salus.config import Settings
    from salus.connecting import payer

    settings = Settings.load(network=session.network)
    chain = settings.connect()
    seconds = None if delay is None else arguments.duration(delay)
    rows: list[dict[str, object]] = []
    path = None if chain.network == "tester" else out or default_path(chain.chain_id)
    deploy_contracts(
        chain,
        payer(chain, settings),
        path=path,
        governance=None if governance is None else arguments.address(governance),
        initial_delay=seconds,
        naming_delay=seconds,
        report=lambda name, address, created: rows.append(
            {"contract": name, "address": address, "created": created}
        ),
    )
    if not any(row["created"] for row in rows):
        session.say("everything stands already; nothing was changed")
    session.emit(
        {"chainId": chain.chain_id, "file": str(path), "contracts": rows}
        if session.as_json
        else rows
    )

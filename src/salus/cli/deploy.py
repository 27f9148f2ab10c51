"""``salus deploy``: put the contracts on a chain, at the same addresses everywhere.

Example:
    $ salus deploy --network anvil
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.files import require_new
from salus.cli.session import Session


def deploy(
    session: Session,
    governance: Annotated[
        str | None,
        typer.Option(help="Who names accreditors; defaults to the file's, else to who pays."),
    ] = None,
    delay: Annotated[
        str | None, typer.Option(help="Of naming accreditors and handing governance over, as 2d.")
    ] = None,
    replaces: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="File of the deployment to replace; its identities go on. Needs --out.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Deployment file; defaults to deployments/<chain id>.json.")
    ] = None,
) -> None:
    """Deploy what is missing; what stands already is checked and left alone."""
    from salus.chain.deploying.deploy import deploy as deploy_contracts
    from salus.chain.deployments.file import Deployment, default_path
    from salus.config import Settings
    from salus.connecting.connect import payer

    if replaces is not None and out in (None, replaces):
        raise typer.BadParameter("--replaces needs --out with a file of its own for the new one")
    if out is not None and out.parent.exists():
        require_new(out, force=True)  # which a second run goes on with
    settings = Settings.load(network=session.network)
    # The file is about to be written: it need not exist, and connecting would read it.
    chain = session.opened.enter_context(replace(settings, deployment=None).connect())
    session.guard(chain)
    seconds = None if delay is None else arguments.duration(delay)
    rows: list[dict[str, object]] = []
    told = Path(settings.deployment) if settings.deployment else None
    path = None if chain.network == "tester" else out or told or default_path(chain.chain_id)
    deploy_contracts(
        chain,
        payer(chain, settings),
        path=path,
        governance=None if governance is None else arguments.address(governance),
        initial_delay=seconds,
        naming_delay=seconds,
        predecessor=None if replaces is None else Deployment.load(replaces),
        report=lambda name, address, created: rows.append(
            {"contract": name, "address": address, "created": created}
        ),
    )
    if not any(row["created"] for row in rows):
        session.say("everything stands already; nothing was changed")
    session.emit(
        {"chainId": chain.chain_id, "file": path, "contracts": rows} if session.as_json else rows
    )

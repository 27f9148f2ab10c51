"""``salus verify``: is what stands on a chain what the sources say?

Example:
    $ salus verify --network anvil
    $ salus verify --network https://rpc.example --out verification
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.chain.deploying.errors import DeploymentUnproven
from salus.cli.files import Force, make_empty, require_new
from salus.cli.session import Session

if TYPE_CHECKING:
    from salus.chain.deploying.verification import ContractCheck, DeploymentVerification


def verify(
    session: Session,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for standard JSON and requests for explorers and Sourcify."),
    ] = None,
    contract: Annotated[
        list[str] | None, typer.Option(help="Check this one only; may be repeated.")
    ] = None,
    recompile: Annotated[
        bool, typer.Option(help="Compile the shipped sources too, offline: about a minute.")
    ] = True,
    solc: Annotated[
        Path | None, typer.Option(help="The compiler; looked for by default.", envvar="SALUS_SOLC")
    ] = None,
    force: Force = False,
) -> None:
    """Compare deployed code with the shipped artifacts, and those with their sources."""
    from salus.chain.deploying.explorers import write_requests
    from salus.chain.deploying.recompile import find_compiler
    from salus.chain.deploying.verification import verify_deployment
    from salus.config import Settings

    if out is not None:
        _require_folder(out, force=force)
    chain = session.opened.enter_context(Settings.load(network=session.network).connect())
    compiler = find_compiler(solc) if recompile else None
    if compiler:
        session.say(f"compiling the shipped sources with {compiler}")
    found = verify_deployment(chain, names=contract or (), recompile=recompile, compiler=compiler)
    files = write_requests(chain, out) if out else []
    _show(session, found, files)
    if found.ok:
        session.say("every contract that was checked is what the sources say")
    elif session.as_json:
        raise typer.Exit(DeploymentUnproven.exit_code)
    else:
        found.require()


def _require_folder(out: Path, *, force: bool) -> None:
    """Nothing is overwritten by default, and nothing but files with --force."""
    if force and out.is_dir():
        for each in out.iterdir():
            require_new(each, force=True)
    else:
        make_empty(out)


def _show(session: Session, found: DeploymentVerification, files: list[Path]) -> None:
    rows = [_row(each) for each in found.contracts]
    if not session.as_json:
        session.emit([_words(row) for row in rows])
        return
    compiler = None if found.compiler is None else str(found.compiler)
    whole = {"chainId": found.chain_id, "ok": found.ok, "compiler": compiler, "contracts": rows}
    session.emit(whole | {"files": [str(file) for file in files]})


def _row(check: ContractCheck) -> dict[str, object]:
    return {
        "contract": check.name,
        "address": check.address,
        "codeHash": check.code_hash,
        "code": check.code,
        "sources": check.sources,
        "wiring": check.wiring,
        "creation": check.creation,
    }


def _words(row: dict[str, object]) -> dict[str, object]:
    """What people read: hashes are for machines, and a cell says what it means."""
    shown = {True: "same", False: "DIFFERS", None: "not compiled"}
    parts = {
        key: shown[each] for key, each in row.items() if each is None or isinstance(each, bool)
    }
    return {"contract": row["contract"], "address": row["address"], **parts}

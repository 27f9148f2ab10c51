"""``salus doctor``: what works here, and what to do about what does not.

Example:
    $ salus doctor --network anvil
"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import typer

from salus.cli.session import Session
from salus.errors import SalusError

if TYPE_CHECKING:
    from rich.table import Table

PACKAGES = ("web3", "eth-account", "cryptography", "obstore", "biip")


def doctor(session: Session) -> None:
    """Check this installation, and the network when one is named."""
    network = session.network
    with suppress(SalusError):  # a .env that cannot be read is what the last check says
        network = session.settings.network
    checks = [
        _check("python", _python),
        *(_check(name, partial(importlib.metadata.version, name)) for name in PACKAGES),
        _check("sqlite", _sqlite),
        _check("x-wing", _post_quantum),
        _check("coincurve (optional)", _curve),
        _check("safe-pysha3 (optional)", _hashing),
        _check("demo (optional)", _in_process),
        _check("kms (optional)", _key_management),
        _check(
            "node (optional)", lambda: shutil.which("node") or "not found: needed to compile only"
        ),
        _check("account", lambda: _account(session)),
        _check("outbox", lambda: _outbox(session)),
        _check(f"network {_shown(network)}", lambda: _network(session)),
    ]
    session.emit(checks, _table(checks))
    if not all(check["ok"] for check in checks):
        raise typer.Exit(1)


def _check(name: str, look: Callable[[], str]) -> dict[str, object]:
    try:
        return {"check": name, "ok": True, "found": look()}
    except (SalusError, ImportError, OSError) as error:
        return {"check": name, "ok": False, "found": str(error)}


def _python() -> str:
    return platform.python_version()


def _sqlite() -> str:
    from salus.store.sqlite_version import require_sqlite

    return require_sqlite()


def _post_quantum() -> str:
    from salus.vault.keys.identity_keys import IdentityKeys

    IdentityKeys.generate("0x" + "00" * 20, created_at=0)
    return "hybrid key encapsulation works"


def _curve() -> str:
    try:
        return importlib.metadata.version("coincurve")
    except importlib.metadata.PackageNotFoundError:
        return (
            "not installed: eth-keys signs in Python, more slowly and in a time that depends on the"
            " key; pip install 'salus[fast]'"
        )


def _hashing() -> str:
    try:
        return importlib.metadata.version("safe-pysha3")
    except importlib.metadata.PackageNotFoundError:
        return "not installed: keccak256 takes five times as long; pip install 'salus[fast]'"


def _in_process() -> str:
    try:
        return f"eth-tester {importlib.metadata.version('eth-tester')}, a chain in this process"
    except importlib.metadata.PackageNotFoundError:
        return "not installed: no chain in this process; pip install 'salus[demo]'"


def _key_management() -> str:
    try:
        return f"boto3 {importlib.metadata.version('boto3')}, for keys in AWS KMS"
    except importlib.metadata.PackageNotFoundError:
        return "not installed: no keys in AWS KMS; pip install 'salus[kms]'"


def _account(session: Session) -> str:
    """Whose key would sign, and where it is; a service is asked for it."""
    settings = session.settings
    if not settings.account:
        return "none is named: SALUS_ACCOUNT"
    chain = session.opened.enter_context(settings.connect())
    account = settings.open_account(chain)
    kind = settings.account.partition(":")[0]
    return f"{account.address} ({kind})" if account else "none"


def _outbox(session: Session) -> str:
    """Where acts are written down, and how many are open; nothing is made there."""
    from salus.connecting.connect import outbox_of
    from salus.outbox.errors import OutboxMissing
    from salus.outbox.reading import count_open, require_there

    where = outbox_of(session.settings)
    if where is None:
        return "none: acts are not written down; SALUS_STATE or SALUS_OUTBOX"
    try:
        require_there(where)
        return f"{_shown(where)}: {count_open(where)} open"
    except OutboxMissing as missing:
        return f"{missing.file}: none yet"


def _network(session: Session) -> str:
    from salus.chain.deploying.verification import require_whole

    chain = session.opened.enter_context(session.settings.connect())
    require_whole(chain.deployment)
    contracts = ", ".join(sorted(chain.deployment.contracts))
    for name in chain.deployment.contracts:
        chain.contract(name)
    return f"chain {chain.chain_id}, block {chain.block().number}: {contracts}"


def _shown(network: str | None) -> str:
    """A network's name; a URL may hold credentials."""
    from salus.chain.node.urls import redact

    return redact(network) if network and "://" in network else network or "tester"


def _table(checks: list[dict[str, object]]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "check", "found", box=None, pad_edge=False)
    for check in checks:
        mark = "[green]ok[/green]" if check["ok"] else "[red]no[/red]"
        table.add_row(mark, str(check["check"]), escape(str(check["found"])))
    return table

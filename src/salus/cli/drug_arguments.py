"""Arguments and words that products, lots and shipments share at the command line.

Example:
    >>> moment(0), moment(86400)
    (None, '1970-01-02T00:00:00Z')
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli.files import written_first

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.cli.session import Session

GtinText = Annotated[str, typer.Argument(metavar="GTIN", help="With its check digit.")]
GlnText = Annotated[str, typer.Option("--gln", help="Global Location Number of where it happens.")]
Why = Annotated[str, typer.Option("--reason", help="Its salted digest goes on chain.")]
StatementFile = Annotated[
    Path | None,
    typer.Option("--statement", help="A new file that opens that digest later."),
]


def moment(seconds: int) -> str | None:
    """Unix seconds as people read them, in UTC; None for zero, which stands for never."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else None


@contextmanager
def explained(session: Session, reason: str, statement: Path | None) -> Iterator[bytes]:
    """Act under the digest of a reason, once what opens it is written."""
    from salus.primitives.statement import SaltedStatement

    why = SaltedStatement.of(reason)
    with written_first(statement, why.to_json(), chain=session.salus.chain):
        yield why.commitment


def mined(transaction: Transaction | None) -> dict[str, Any]:
    """The members that tell of a transaction; null where nothing had to be sent."""
    if transaction is None:
        return {"transaction": None, "gas": None}
    return {"transaction": transaction.hash, "gas": transaction.gas_used}

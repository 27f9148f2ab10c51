"""``salus receipts``: proof that a record existed, checked without node or storage.

Example:
    $ salus receipts verify receipt.json --document observation.json
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.files import read_file
from salus.cli.session import Session, command

group = typer.Typer(help="Proof that a record existed, checked offline.", no_args_is_help=True)


@command(group, "verify")
def verify(
    session: Session,
    receipt: Annotated[Path, typer.Argument(help="The receipt.")],
    document: Annotated[Path | None, typer.Option(help="The record itself, byte for byte.")] = None,
    block_hash: Annotated[
        str | None, typer.Option(help="The block's hash from a source that you trust.")
    ] = None,
) -> None:
    """Verify a receipt offline; exit code 6 when it proves nothing."""
    from salus.receipts import Receipt, verify_receipt

    read = Receipt.from_json(read_file(receipt))
    found = verify_receipt(
        read,
        document=None if document is None else read_file(document),
        block_hash=None if block_hash is None else arguments.digest(block_hash),
    )
    session.emit(
        {
            "proved": True,
            "existedBy": datetime.fromtimestamp(found.not_later_than, UTC).isoformat(),
            "issuer": read.issuer,
            "chainId": read.chain_id,
            "block": read.block_number,
            "assurance": str(found.assurance),
            "documentChecked": found.document_checked,
            "blockTrusted": found.block_trusted,
            "trust": found.trust,
        }
    )

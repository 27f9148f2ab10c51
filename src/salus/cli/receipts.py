"""``salus receipts``: proof that a record existed, checked without node or storage.

Example:
    $ salus receipts verify receipt.json --document observation.json
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.files import read_file, write_private
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.receipts import Receipt

group = typer.Typer(help="Proof that a record existed, checked offline.", no_args_is_help=True)


@command(group, "verify")
def verify(
    session: Session,
    receipt: Annotated[Path, typer.Argument(help="The receipt: JSON, or a QR code's text.")],
    document: Annotated[Path | None, typer.Option(help="The record itself, byte for byte.")] = None,
    block_hash: Annotated[
        str | None, typer.Option(help="The block's hash from a source that you trust.")
    ] = None,
) -> None:
    """Verify a receipt offline; exit code 6 when it proves nothing.

    `proved` needs a storage proof: without one the block is only named, and `trust` says what to
    look up.
    """
    from salus.receipts import Assurance, verify_receipt

    read = _read(receipt)
    found = verify_receipt(
        read,
        document=None if document is None else read_file(document),
        block_hash=None if block_hash is None else arguments.digest(block_hash),
    )
    session.emit(
        {
            "proved": found.assurance is Assurance.STORAGE_PROOF,
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


@command(group, "page")
def page(
    session: Session,
    receipt: Annotated[Path, typer.Argument(help="The receipt.")],
    out: Annotated[Path, typer.Option(help="An HTML file; as private as the record.")],
) -> None:
    """Write a page to print, with the receipt as a QR code."""
    from salus.receipts.compact import to_compact
    from salus.receipts.page import to_page

    read = _read(receipt)
    write_private(out, to_page(read))
    session.emit({"page": str(out), "characters": len(to_compact(read))})


def _read(path: Path) -> Receipt:
    from salus.receipts import Receipt
    from salus.receipts.compact import from_compact

    data = read_file(path).strip()
    if data.startswith(b"{"):
        return Receipt.from_json(data)
    return from_compact(data.decode(errors="replace"))

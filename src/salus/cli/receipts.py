"""``salus receipts``: proof that a record existed, or was said to be erased.

Example:
    $ salus receipts verify receipt.json --document observation.json --chain-id 1 --block-hash 0x…
    $ salus receipts verify-erasure erased.json --network https://rpc.example --online
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.files import Force, open_exact, read_file, require_new, write_new
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus_verify.assurance import Conclusion, Expected
    from salus_verify.place import Evidence
    from salus_verify.receipt import Receipt

group = typer.Typer(
    help="Proof that a record existed, or was said to be erased.", no_args_is_help=True
)
BlockHash = Annotated[
    str | None, typer.Option(help="The block's hash from a source that you trust.")
]
ChainId = Annotated[int | None, typer.Option(help="The chain that the block is of.")]
Registry = Annotated[
    str | None,
    typer.Option(help="The AnchorRegistry there; defaults to the one of this release."),
]
Issuer = Annotated[str | None, typer.Option(help="Who is said to have issued it.")]
Online = Annotated[
    bool, typer.Option("--online", help="Ask the node of --network, which you trust, instead.")
]


@command(group, "verify")
def verify(
    session: Session,
    receipt: Annotated[Path, typer.Argument(help="The receipt: JSON, or a QR code's text.")],
    document: Annotated[Path | None, typer.Option(help="The record itself, byte for byte.")] = None,
    block_hash: BlockHash = None,
    chain_id: ChainId = None,
    registry: Registry = None,
    issuer: Issuer = None,
    online: Online = False,
) -> None:
    """Verify a receipt, offline by default; exit code 6 when it proves nothing.

    `proved` needs the document, a storage proof, and the block's hash and chain from a source that
    you trust; `missing` says what was not there.
    """
    from salus.receipts import verify_receipt
    from salus_verify.shown import show_receipt

    read = _read(receipt)
    with nullcontext() if document is None else open_exact(document) as content:
        found = verify_receipt(
            read,
            document=content,
            block_hash=None if block_hash is None else arguments.digest(block_hash),
            expected=_expected(read, chain_id, registry, issuer),
            trusting=_node(session, online=online),
        )
    _conclude(session, show_receipt(read, found), found)


@command(group, "verify-erasure")
def verify_erasure(
    session: Session,
    receipt: Annotated[Path, typer.Argument(help="What `salus records erase --out` wrote.")],
    block_hash: BlockHash = None,
    chain_id: ChainId = None,
    registry: Registry = None,
    issuer: Issuer = None,
    online: Online = False,
) -> None:
    """Verify what an issuer said that it erased; exit code 6 when that is not proved.

    Whether the signer controlled the issuer only a node can tell: offline `proved` stays false, and
    `missing` says what was not checked.
    """
    from salus.receipts import ErasureReceipt
    from salus.receipts import verify_erasure as check
    from salus_verify.shown import show_erasure

    read = ErasureReceipt.from_json(read_file(receipt))
    found = check(
        read,
        block_hash=None if block_hash is None else arguments.digest(block_hash),
        expected=_expected(read, chain_id, registry, issuer),
        trusting=_node(session, online=online),
    )
    _conclude(session, show_erasure(read, found), found)


@command(group, "page")
def page(
    session: Session,
    receipt: Annotated[Path, typer.Argument(help="The receipt.")],
    out: Annotated[Path, typer.Option(help="A new HTML file; as private as the record.")],
    force: Force = False,
) -> None:
    """Write a page to print, with the receipt as a QR code."""
    from salus.receipts.page import to_page
    from salus_verify.qr_form import to_compact

    require_new(out, force=force)
    read = _read(receipt)
    write_new(out, to_page(read), force=force)
    session.emit({"page": str(out), "characters": len(to_compact(read))})


def _read(path: Path) -> Receipt:
    from salus_verify.qr_form import from_compact
    from salus_verify.receipt import Receipt

    data = read_file(path).strip()
    if data.startswith(b"{"):
        return Receipt.from_json(data)
    return from_compact(data.decode(errors="replace"))


def _expected(
    evidence: Evidence, chain_id: int | None, registry: str | None, issuer: str | None
) -> Expected:
    from salus_verify.assurance import Expected

    told = None if registry is None else arguments.address(registry)
    return Expected(
        chain_id=chain_id,
        registry=told or _of_deployment(evidence),
        issuer=None if issuer is None else arguments.address(issuer),
    )


def _of_deployment(evidence: Evidence) -> str | None:
    """The receipt's registry, where it is the one of a later deployment that the user has."""
    from salus.chain.deployments.file import Deployment, default_path
    from salus.receipts.anchor_registry import registry_of

    path = default_path(evidence.chain_id)
    deployment = Deployment.load(path) if path.exists() else None
    if deployment is None or deployment.chain_id != evidence.chain_id:
        return None
    known = registry_of(deployment)
    return known if known == evidence.registry else None


def _node(session: Session, *, online: bool) -> Chain | None:
    return session.opened.enter_context(session.settings.connect()) if online else None


def _conclude(session: Session, shown: dict[str, object], found: Conclusion) -> None:
    from salus_verify.errors import ReceiptUnproven

    session.emit(shown)
    if not found.proved:
        session.fail(ReceiptUnproven(found.missing))

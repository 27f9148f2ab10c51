"""Make a receipt while there is a node to ask.

Example:
    >>> from salus.receipts.issue import issue_receipt
    >>> issue_receipt.__name__
    'issue_receipt'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.errors.receipts import ReceiptMismatch
from salus.receipts import storage_proof
from salus.receipts.model import Receipt

if TYPE_CHECKING:
    from salus.anchors import Inclusion
    from salus.chain import Chain
    from salus.vault.commitments import Opening


def issue_receipt(chain: Chain, inclusion: Inclusion, opening: Opening) -> Receipt:
    """Make a receipt for a leaf of a stream's last checkpoint, at the chain's latest block.

    Args:
        chain: Where the log is anchored.
        inclusion: Proof of the leaf in the stream's last checkpoint.
        opening: What opens the leaf.

    Raises:
        ReceiptMismatch: When the opening is another leaf's, or the checkpoint is not the stream's
        last.
    """
    if opening.leaf() != inclusion.leaf:
        raise ReceiptMismatch("the opening does not open the leaf that was proven")
    anchored = inclusion.anchored
    contract = chain.contract("AnchorRegistry")
    block = chain.block()
    head = contract.call("headOf", anchored.issuer, anchored.stream, block=block.number)
    if head != anchored.checkpoint.id:
        raise ReceiptMismatch("the stream has moved on: prove the leaf in its last checkpoint")
    return Receipt(
        chain_id=chain.chain_id,
        registry=contract.address,
        issuer=anchored.issuer,
        stream=anchored.stream,
        opening=opening,
        index=inclusion.index,
        path=inclusion.path,
        checkpoint=anchored.checkpoint,
        block_number=block.number,
        block_hash=_bytes(block.hash),
        block_timestamp=block.timestamp,
        proof=storage_proof.fetch(
            chain.rpc,
            contract.address,
            storage_proof.slot_of(anchored.issuer, anchored.stream),
            block.number,
        ),
    )


def _bytes(value: str | bytes) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)

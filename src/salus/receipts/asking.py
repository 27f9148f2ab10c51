"""Asking a node what a verifier of receipts would otherwise have to bring.

Example:
    >>> from salus.receipts.asking import block_hash
    >>> block_hash.__name__
    'block_hash'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.errors import ArgumentsInvalid
from salus.receipts.errors import ReceiptMismatch
from salus.receipts.form import Evidence

if TYPE_CHECKING:
    from salus.chain.chain import Chain


def block_hash(chain: Chain, evidence: Evidence) -> bytes:
    """Ask for the hash of the block that a receipt names.

    Args:
        chain: A node that the verifier trusts.
        evidence: The receipt.

    Returns:
        32 bytes.

    Raises:
        ReceiptMismatch: The node is of another chain, has no such block, or one of another time.
        ChainError: The node does not answer.
    """
    if chain.chain_id != evidence.chain_id:
        raise ReceiptMismatch(
            f"it is of chain {evidence.chain_id}, and the node that was asked of {chain.chain_id}"
        )
    try:
        block = chain.block(evidence.block_number)
    except ArgumentsInvalid as error:
        raise ReceiptMismatch(
            f"the node that was asked has no block {evidence.block_number}"
        ) from error
    if block.timestamp != evidence.block_timestamp:
        raise ReceiptMismatch("the node that was asked knows another time of its block")
    return bytes.fromhex(block.hash.removeprefix("0x"))


def was_anchored(chain: Chain, evidence: Evidence) -> bool:
    """Ask whether a receipt's checkpoint was anchored by the block that it names.

    Args:
        chain: A node that the verifier trusts.
        evidence: The receipt, without a storage proof.

    Returns:
        True when it was; False when its registry is not the one that the node's deployment has.

    Raises:
        ReceiptMismatch: It was not.
        HistoryUnavailable: The node does not show all that was anchored, and not this.
        ChainError: The node does not answer.
    """
    from salus.anchors.history import StreamHistory
    from salus.identities.history import ChangeHistory

    if chain.contract("AnchorRegistry").address != evidence.registry:
        return False
    handovers = ChangeHistory(chain.contract("IdentityRegistry")).handovers
    stood = StreamHistory(chain, handovers).find(
        evidence.issuer,
        evidence.stream,
        evidence.checkpoint.id,
        block=evidence.block_number,
    )
    if stood is None:
        raise ReceiptMismatch("the node that was asked knows no such checkpoint by its block")
    return True
